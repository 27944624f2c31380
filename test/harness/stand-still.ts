/** Nothing of this process runs for so many milliseconds, as on a machine that stands still. */
export function standStill(ms: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
}

/** Does something at each of so many turns of the event loop, between what came and what is late. */
export async function atEachTurn(turns: number, work: () => void): Promise<void> {
  for (let turn = 0; turn < turns; turn++) {
    await new Promise((resolve) => setImmediate(resolve));
    work();
  }
}
