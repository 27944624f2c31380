/** How many of the nearest names are worth showing. */
const SHOWN = 3;

/**
 * Takes a name that is not known and the names that are; gives those it was probably meant to be, nearest first,
 * at most three. Near means: one edit in three characters, or the beginning of a longer name.
 */
export function nearest(name: string, known: Iterable<string>): string[] {
  const wanted = name.toLowerCase();
  const near: { candidate: string; distance: number; begins: boolean }[] = [];
  for (const candidate of new Set(known)) {
    const distance = editDistance(wanted, candidate.toLowerCase());
    const allowed = Math.max(1, Math.floor(Math.max(wanted.length, candidate.length) / 3));
    const begins = wanted.length > 1 && candidate.toLowerCase().startsWith(wanted);
    if (begins || (distance <= allowed && distance < wanted.length)) near.push({ candidate, distance, begins });
  }
  near.sort((a, b) => a.distance - b.distance || (a.candidate < b.candidate ? -1 : 1));
  const best = near[0]?.distance ?? 0;
  const worthSaying = near.filter(({ distance, begins }) => begins || distance <= best + 1);
  return worthSaying.slice(0, SHOWN).map(({ candidate }) => candidate);
}

/** `did you mean books or notifier?`, or undefined when nothing is near. */
export function didYouMean(name: string, known: Iterable<string>): string | undefined {
  const names = nearest(name, known);
  return names.length === 0 ? undefined : `did you mean ${names.join(" or ")}?`;
}

/** Insertions, deletions, replacements and swaps of neighbours that turn `a` into `b` (optimal string alignment). */
export function editDistance(a: string, b: string): number {
  const cost: number[][] = [Array.from({ length: b.length + 1 }, (_, column) => column)];
  const at = (row: number, column: number) => cost[row]?.[column] ?? Number.POSITIVE_INFINITY;
  for (let row = 1; row <= a.length; row++) {
    const line = [row];
    cost.push(line);
    for (let column = 1; column <= b.length; column++) {
      const replace = at(row - 1, column - 1) + (a[row - 1] === b[column - 1] ? 0 : 1);
      const swapped = row > 1 && column > 1 && a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1];
      const swap = swapped ? at(row - 2, column - 2) + 1 : Number.POSITIVE_INFINITY;
      line.push(Math.min(replace, swap, at(row - 1, column) + 1, at(row, column - 1) + 1));
    }
  }
  return at(a.length, b.length);
}
