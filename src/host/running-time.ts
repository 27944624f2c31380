/** Of the time in which a process does not run, as on a machine that stands still, no more counts than this. */
const STEP_MS = 25;

/**
 * Calls after so many milliseconds in which this process ran: what has come while it did not is heard first, and not
 * taken for late. Gives what stops it; it keeps no process alive.
 */
export function afterRunning(ms: number, call: () => void): () => void {
  let leftMs = ms;
  let isStopped = false;
  let timer: NodeJS.Timeout;
  const wait = () => {
    const stepMs = Math.min(leftMs, STEP_MS);
    leftMs -= stepMs;
    timer = setTimeout(() => {
      if (leftMs > 0) wait();
      else setImmediate(() => isStopped || call());
    }, stepMs).unref();
  };
  wait();
  return () => {
    isStopped = true;
    clearTimeout(timer);
  };
}

/** As `AbortSignal.timeout`, of the time in which this process runs. To be stopped once it is not needed any more. */
export function runningDeadline(ms: number): { readonly signal: AbortSignal; readonly stop: () => void } {
  const ending = new AbortController();
  const stop = afterRunning(ms, () => ending.abort(new DOMException("it took too long", "TimeoutError")));
  return { signal: ending.signal, stop };
}
