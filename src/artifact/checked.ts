import { createHash, type Hash } from "node:crypto";
import type { Checksum, ChecksumAlgorithm } from "../model/artifact.ts";
import { type Failure, failed } from "../model/failure.ts";
import type { Content } from "./source.ts";

const WORDS: Readonly<Record<ChecksumAlgorithm, string>> = { sha256: "SHA-256", sha1: "SHA-1", md5: "MD5" };

/**
 * The bytes of a download as they pass by: counted, and summed up. More than was announced ends it at once; what is wrong
 * otherwise is known at its end, so nothing may be made of the bytes before `finish` said yes.
 */
export class Checked {
  readonly #content: Pick<Content, "from" | "size" | "checksum">;
  readonly #sha256 = createHash("sha256");
  readonly #weak: Hash | undefined;
  #bytes = 0;

  constructor(content: Pick<Content, "from" | "size" | "checksum">) {
    this.#content = content;
    const algorithm = content.checksum?.algorithm ?? "sha256";
    this.#weak = algorithm === "sha256" ? undefined : createHash(algorithm);
  }

  /** Passes the bytes on. @throws Failure when there are more of them than was announced. */
  async *pass(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    const { from, size } = this.#content;
    for await (const chunk of chunks) {
      this.#bytes += chunk.length;
      if (size !== undefined && this.#bytes > size) {
        throw broken(from, `it is longer than the ${size} bytes that it was said to have`);
      }
      this.#sha256.update(chunk);
      this.#weak?.update(chunk);
      yield chunk;
    }
  }

  /** The SHA-256 of all bytes, in hexadecimal. @throws Failure when length or checksum is another than announced. */
  finish(): string {
    const { from, size, checksum } = this.#content;
    if (size !== undefined && this.#bytes !== size) {
      throw broken(from, `it ended after ${this.#bytes} of ${size} bytes`);
    }
    const sha256 = this.#sha256.digest("hex");
    if (checksum !== undefined) this.#compare(checksum, sha256);
    return sha256;
  }

  #compare({ algorithm, hex }: Checksum, sha256: string): void {
    const actual = this.#weak?.digest("hex") ?? sha256;
    if (actual === hex) return;
    throw broken(this.#content.from, `its ${WORDS[algorithm]} is ${short(actual)}, and was to be ${short(hex)}`);
  }
}

const short = (hex: string): string => hex.slice(0, 12);

const broken = (from: string, why: string): Failure =>
  failed(`${from} is damaged: ${why}`, {
    hint: "what names it (a manifest, a checksum) and what is there do not belong together; let CI build again",
  });
