import type { ArtifactDigest } from "../model/names.ts";
import type { GivenRelease } from "./given-releases.ts";
import type { Stored } from "./stored.ts";

export interface PruneRules {
  /** How many builds of each service stay, the newest. */
  readonly keep: number;
  /** How many bytes the store may have; undefined for no bound. */
  readonly max: number | undefined;
  /** What came, or was asked for, since then stays (milliseconds since the epoch): it may be about to be used. */
  readonly before: number;
}

export interface Pruning {
  readonly stored: Stored;
  /** `older than the newest 5 of books` */
  readonly reason: string;
  /** What services had it as. */
  readonly given: readonly GivenRelease[];
}

/** What a store is to lose, in this order. Says nothing of why it is not enough: what is left tells. */
export function choosePrunings(
  stored: readonly Stored[],
  given: readonly GivenRelease[],
  used: ReadonlySet<ArtifactDigest>,
  rules: PruneRules,
): Pruning[] {
  const kept = newestOfEach(given, rules.keep);
  const free = stored.filter(({ digest, usedAt }) => !used.has(digest) && usedAt < rules.before).sort(byAge(given));
  const old = free.filter(({ digest }) => !kept.has(digest));
  const rest = free.filter(({ digest }) => kept.has(digest));
  const left = sum(stored) - sum(old);
  const over = rules.max === undefined ? [] : untilBelow(rest, left, rules.max);
  return [
    ...old.map((each) => pruning(each, given, (names) => oldReason(names, rules.keep))),
    ...over.map((each) => pruning(each, given, () => "the store is larger than it may be")),
  ];
}

/** The artifacts and configs of the newest builds of each service; `given` is newest first. */
function newestOfEach(given: readonly GivenRelease[], keep: number): Set<ArtifactDigest> {
  const counts = new Map<string, number>();
  const kept = given.filter(({ service }) => {
    const count = (counts.get(service) ?? 0) + 1;
    counts.set(service, count);
    return count <= keep;
  });
  return new Set(kept.flatMap(({ artifact, config }) => (config === undefined ? [artifact] : [artifact, config])));
}

/** Oldest first; by when a service was given it, which a look at it does not change. */
function byAge(given: readonly GivenRelease[]): (a: Stored, b: Stored) => number {
  const at = new Map<ArtifactDigest, number>();
  for (const release of given) {
    for (const digest of [release.artifact, release.config]) {
      if (digest !== undefined) at.set(digest, Math.max(at.get(digest) ?? 0, release.at));
    }
  }
  const ageOf = ({ digest, usedAt }: Stored) => at.get(digest) ?? usedAt;
  return (a, b) => ageOf(a) - ageOf(b);
}

function untilBelow(candidates: readonly Stored[], bytes: number, max: number): Stored[] {
  const chosen: Stored[] = [];
  let left = bytes;
  for (const candidate of candidates) {
    if (left <= max) break;
    chosen.push(candidate);
    left -= candidate.bytes;
  }
  return chosen;
}

function pruning(stored: Stored, given: readonly GivenRelease[], reason: (services: string[]) => string): Pruning {
  const of = given.filter(({ artifact, config }) => artifact === stored.digest || config === stored.digest);
  return { stored, given: of, reason: reason([...new Set(of.map(({ service }) => service))]) };
}

const oldReason = (services: readonly string[], keep: number): string =>
  services.length === 0 ? "no service has it" : `older than the newest ${keep} of ${[...services].sort().join(", ")}`;

const sum = (stored: readonly Stored[]): number => stored.reduce((bytes, each) => bytes + each.bytes, 0);
