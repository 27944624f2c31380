import type { Commit } from "../../model/repository.ts";
import { type IncomingPath, parseRawDiff } from "./porcelain.ts";

/** What two commits have that the other has not, the newest first. */
export interface Sides {
  readonly ahead: readonly Commit[];
  readonly behind: readonly Commit[];
  /** What comes from the one to the other, where it came to light with their commits. */
  readonly incoming?: readonly IncomingPath[] | undefined;
}

/** A commit as `git log` tells it, and what it changes. */
interface Logged {
  readonly commit: Commit;
  readonly side: string;
  readonly parent: string | undefined;
  readonly changes: readonly IncomingPath[];
}

/** So many commits are asked for together with what each changes: in one of thousands, that is too much to ask. */
const WITH_CHANGES = 100;

const LOG = [
  ...["log", "-z", "--left-right", "--no-show-signature", "--encoding=UTF-8"],
  "--format=%m%x1f%H%x1f%P%x1f%an%x1f%s",
];

const CHANGES = [
  ...[`--max-count=${WITH_CHANGES}`, "--raw", "--no-abbrev", "--no-renames", "--ignore-submodules=none"],
  "--diff-merges=first-parent",
];

/**
 * Asks for both sides, and at once for what comes where that is a short way: one process in place of two.
 * @param git gives the output of a git that ended well, else nothing.
 * @param isPartial whether the clone lacks objects, which git would get one by one for what each commit changes.
 */
export async function readSides(
  git: (...args: string[]) => Promise<string>,
  [ours, theirs]: readonly [string, string],
  isPartial: boolean,
): Promise<Sides> {
  const range = `${ours}...${theirs}`;
  const short = isPartial ? [] : parseLog(await git(...LOG, ...CHANGES, range));
  const isWhole = short.length > 0 && short.length < WITH_CHANGES;
  const logged = isWhole ? short : parseLog(await git(...LOG, range));
  const side = (mark: string) => logged.filter((each) => each.side === mark).map(({ commit }) => commit);
  return { ahead: side("<"), behind: side(">"), incoming: isWhole ? between(ours, theirs, logged) : undefined };
}

/** The commits of `git log -z` in the format above, each followed by its changes, where they were asked for. */
export function parseLog(output: string): Logged[] {
  const found: Logged[] = [];
  const fields = output.split("\0");
  for (let at = 0; at < fields.length; at++) {
    const [side = "", id = "", parents = "", author = "", ...subject] = (fields[at] ?? "").split("\x1f");
    if (side !== "<" && side !== ">") continue;
    const first = at + 1;
    while (/^\n?:/.test(fields[at + 1] ?? "")) at += 2;
    const changed = fields.slice(first, at + 1);
    const changes = parseRawDiff([...changed, ""].join("\0").replace(/^\n/, ""));
    const commit = { id, author, subject: subject.join(" ") };
    found.push({ side, commit, parent: parents.split(" ")[0] || undefined, changes });
  }
  return found;
}

/** What comes with all steps of the straight line of first parents; undefined where it does not lead there. */
export function between(from: string, to: string, logged: readonly Logged[]): IncomingPath[] | undefined {
  const steps = new Map(logged.map((each) => [each.commit.id, each]));
  const found = new Map<string, IncomingPath>();
  for (let at = to; at !== from; ) {
    const step = steps.get(at);
    if (step?.parent === undefined) return undefined;
    // The newest step has the last word, the oldest one tells what there was.
    for (const { path, from: had, to: has } of step.changes) {
      found.set(path, { path, from: had, to: found.get(path)?.to ?? has });
    }
    at = step.parent;
  }
  const changed = [...found.values()].filter(({ from: had, to: has }) => had !== has);
  return changed.sort((a, b) => (a.path < b.path ? -1 : 1));
}
