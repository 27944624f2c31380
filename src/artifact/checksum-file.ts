import { CHECKSUM_ALGORITHMS, type Checksum, type ChecksumAlgorithm } from "../model/artifact.ts";

/** How many hexadecimal characters each has. */
const LENGTHS: Readonly<Record<ChecksumAlgorithm, number>> = { sha256: 64, sha1: 40, md5: 32 };

/** The checksum files (`books.sha256`, `books.sha1`, `books.md5`) among the things that a server lists of a build. */
export class ChecksumFiles {
  readonly #names: ReadonlySet<string>;
  readonly #read: (name: string) => Promise<string | undefined>;
  /** By the file's name: of an archive that many services lie in, it is read once. */
  readonly #reading = new Map<string, Promise<string | undefined>>();

  /** @param read gives the text of one of the names */
  constructor(names: Iterable<string>, read: (name: string) => Promise<string | undefined>) {
    this.#names = new Set(names);
    this.#read = read;
  }

  /** What the files beside a thing say of it, the first algorithm that one says; undefined when none does. */
  async of(
    name: string,
    algorithms: readonly ChecksumAlgorithm[] = CHECKSUM_ALGORITHMS,
  ): Promise<Checksum | undefined> {
    for (const algorithm of algorithms) {
      const file = `${name}.${algorithm}`;
      if (!this.#names.has(file)) continue;
      const text = this.#reading.get(file) ?? this.#read(file);
      this.#reading.set(file, text);
      const hex = checksumIn((await text) ?? "", name.replace(/^.*\//, ""), algorithm);
      if (hex !== undefined) return { algorithm, hex };
    }
    return undefined;
  }
}

/**
 * A file's checksum, as a file beside it says it: what `sha256sum` writes (`<hex>  <name>`, `<hex> *<name>`), the same
 * with several lines, `SHA256 (<name>) = <hex>` of the BSDs and OpenSSL, or the digest alone.
 * @param name of the file without its folder: the line that names it is taken where there are several
 * @returns in small letters; undefined when the text says none, or not clearly
 */
export function checksumIn(text: string, name: string, algorithm: ChecksumAlgorithm): string | undefined {
  const digest = new RegExp(`(?:^|[\\s=])([0-9a-f]{${LENGTHS[algorithm]}})(?:\\s|$)`, "i");
  const lines = text.split(/\r?\n/).flatMap((line) => {
    const hex = digest.exec(line)?.[1]?.toLowerCase();
    return hex === undefined ? [] : [{ hex, name: nameIn(line) }];
  });
  const named = lines.filter((line) => line.name === name || line.name.endsWith(`/${name}`));
  const hexes = new Set((named.length > 0 ? named : lines).map(({ hex }) => hex));
  return hexes.size === 1 ? [...hexes][0] : undefined;
}

/** The name of a line without the digest and what is around it. */
const nameIn = (line: string): string =>
  /\((.+)\)\s*=/.exec(line)?.[1] ?? line.replace(/^\s*[0-9a-f]+\s+\*?/i, "").trim();
