/** `settles in 10 s`: of a release that answers, in how many milliseconds it counts as good. */
export const settlesIn = (ms: number): string =>
  `settles in ${ms < 1000 ? `${Math.max(0, Math.round(ms))} ms` : `${Math.ceil(ms / 1000)} s`}`;
