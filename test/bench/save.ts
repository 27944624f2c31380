import { type Bench, type Figure, median, quantile } from "./figure.ts";
import { stages } from "./save-overheads.ts";
import { openSaveBench, type SaveRound } from "./save-rounds.ts";

const ROUNDS = 50;

/** The save loop: from a save to the answer of the new code, and of the old one where the new one ends by itself. */
export const save: Bench = {
  names: ["save-overhead-p50", "save-overhead-p95", "save-minus-build", "save-gap-p50", "crash-to-answer-p50"],
  async measure(dockerHost, progress) {
    const bench = await openSaveBench(dockerHost);
    try {
      const saves: SaveRound[] = [];
      const builds: number[] = [];
      const crashes: number[] = [];
      // The first round warms the compiler's cache and is not counted.
      for (let round = 0; round <= ROUNDS; round++) {
        progress(`${round} of ${ROUNDS}`);
        const saved = await bench.save(`round ${round}`);
        const crash = await bench.saveCrashing(`crash ${round}`);
        const built = await bench.bareBuild(`bare ${round}`);
        if (round === 0) continue;
        saves.push(saved);
        builds.push(built);
        crashes.push(crash);
      }
      return figures(saves, builds, crashes, bench.timingMs);
    } finally {
      await bench.close();
    }
  },
};

function figures(
  saves: readonly SaveRound[],
  builds: readonly number[],
  crashes: readonly number[],
  timingMs: number,
): Figure[] {
  const totals = saves.map(({ total }) => total - timingMs);
  const overheads = saves.map(({ total, compiler }) => total - compiler - timingMs);
  const gaps = saves.map(({ gap }) => gap);
  const overhead = `end of the save to the first new answer, less its own go build and the ${timingMs.toFixed(1)} ms that timing it takes (${spread(overheads)}; ${stages(saves)})`;
  const bare = `save to answer (${spread(totals)}), less the same ms of timing and a bare go build with the same flags (${spread(builds)}), interleaved`;
  const ms = { unit: "ms" } as const;
  return [
    { name: "save-overhead-p50", value: median(overheads), ...ms, target: 40, how: overhead },
    { name: "save-overhead-p95", value: quantile(overheads, 0.95), ...ms, target: 80, how: "the same" },
    { name: "save-minus-build", value: median(totals) - median(builds), ...ms, target: 50, how: bare },
    {
      ...{ name: "save-gap-p50", value: median(gaps), ...ms, target: 30 },
      how: `last answer of the old code to the first of the new (${spread(gaps)})`,
    },
    {
      ...{ name: "crash-to-answer-p50", value: median(crashes), ...ms, target: 150 },
      how: `a new version's end at its start to an answer of the old one (${spread(crashes)})`,
    },
  ];
}

const whole = (ms: number): string => String(Math.round(ms));

const spread = (samples: readonly number[]): string =>
  `p50/p95/max ${[0.5, 0.95, 1].map((part) => whole(quantile(samples, part))).join("/")} of ${samples.length}`;
