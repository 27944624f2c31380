import type { ArtifactKind } from "../model/artifact.ts";
import { type Failure, failed } from "../model/failure.ts";
import { didYouMean } from "../model/nearest.ts";

/** What of an archive is wanted: one file, or a folder with all below it. */
export interface WantedMember {
  readonly kind: ArtifactKind;
  /** Path in the archive; undefined for all of it, or for the only file that it holds. */
  readonly member: string | undefined;
}

/** All of an archive, as a tree. */
export const WHOLE: WantedMember = { kind: "tree", member: undefined };

/** How many names are kept to tell what an archive has instead. */
const NAMES = 1000;

/**
 * Says of every path of an archive what becomes of it, and at the end whether what was wanted came. What lies beside a
 * member is passed over, whatever it is: it never touches the disk.
 */
export class MemberPicker {
  readonly #wanted: WantedMember;
  readonly #member: string | undefined;
  readonly #names: string[] = [];
  #isFound: boolean;

  constructor(wanted: WantedMember) {
    this.#wanted = wanted;
    this.#member = wanted.member === undefined ? undefined : insidePath(wanted.member);
    this.#isFound = this.#member === undefined || this.#member === "";
  }

  /**
   * Takes a path as the archive has it. Gives the path below the folder that is filled, "" for that folder itself;
   * undefined for what is not wanted. @throws Failure when a wanted path leads out.
   */
  pick(path: string, isFolder: boolean): string | undefined {
    if (this.#member === undefined || this.#member === "") return insidePath(path);
    const plain = segmentsOf(path).join("/");
    if (this.#names.length < NAMES) this.#names.push(plain);
    if (plain === this.#member) return this.#take(path, isFolder);
    if (this.#wanted.kind === "file" || !plain.startsWith(`${this.#member}/`)) return undefined;
    this.#isFound = true;
    return insidePath(path).slice(this.#member.length + 1);
  }

  #take(path: string, isFolder: boolean): string {
    const isWantedFolder = this.#wanted.kind === "tree";
    if (isFolder !== isWantedFolder) throw refused(path, isFolder ? "is a folder, not a file" : "is not a folder");
    this.#isFound = true;
    return isFolder ? "" : (insidePath(path).split("/").at(-1) ?? "");
  }

  /** @throws Failure when the member never came. */
  finish(): void {
    if (this.#isFound) return;
    const [member = "", ofWhat] = [this.#member, this.#wanted.kind === "tree" ? "folder" : "file"];
    const nearest = didYouMean(member, this.#names);
    const some = this.#names.filter((name) => name !== "").slice(0, 5);
    throw failed(`its archive has no ${ofWhat} ${member}`, {
      hint:
        nearest ?? `It has ${some.length === 0 ? "nothing" : some.join(", ")}${this.#names.length > 5 ? ", …" : ""}.`,
    });
  }
}

const segmentsOf = (path: string): string[] => path.split("/").filter((segment) => segment !== "" && segment !== ".");

/** An archive's path without `./` and the closing slash; "" is the archive's top. @throws Failure when it leads out. */
function insidePath(path: string): string {
  if (path.startsWith("/") || path.includes("\0")) throw refused(path, "is an absolute path");
  const segments = segmentsOf(path);
  if (segments.includes("..")) throw refused(path, "leads out of it");
  return segments.join("/");
}

const HINT = "an archive of an artifact holds plain files and folders; let CI pack it again";

/** An archive does what none of ours may. */
export const refused = (path: string, why: string): Failure =>
  failed(`its archive was refused: ${JSON.stringify(path)} ${why}`, { hint: HINT });

/** An archive that cannot be read to its end. */
export const damaged = (why: string, cause?: unknown): Failure =>
  failed(`its archive cannot be read: ${why}`, { hint: HINT, cause });
