/**
 * The same pure function, which gives the last result again while it is called with the very same things. What a frame
 * is made of seldom changes between two keys, and the rows of 200 services take longer than all the rest of it.
 */
export function remembered<Things extends readonly unknown[], Result>(
  make: (...things: Things) => Result,
): (...things: Things) => Result {
  let last: { readonly things: Things; readonly result: Result } | undefined;
  return (...things) => {
    const isSame = last?.things.every((thing, at) => thing === things[at]) ?? false;
    if (last === undefined || !isSame) last = { things, result: make(...things) };
    return last.result;
  };
}
