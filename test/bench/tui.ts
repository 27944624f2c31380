import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { bundle } from "../../scripts/bundle.ts";
import { systemClock } from "../../src/host/clock.ts";
import { openPty, type Pty } from "../harness/pty.ts";
import { CLI, makeWorkspace } from "../harness/workspace.ts";
import { type Bench, type Figure, quantile } from "./figure.ts";
import { processorShare } from "./processor.ts";

const SERVICES = 60;
const LINES_PER_SECOND = 1000;
/** As many as there may be, at ten times the lines. */
const MANY = { services: 200, linesPerSecond: 10_000 };
const HOUR_OF_LINES = 3600 * LINES_PER_SECOND;
/** Of each kind. */
const KEYS = 40;
/** Until what comes after the first frame is done, and over which it is idle: ten looks at the status. */
const [SETTLE_MS, IDLE_MS] = [10_000, 20_000];
const SIZE = { columns: 200, rows: 60 };

/** The screen on a real terminal: how soon a key is seen while the log runs, what it needs idle, what an hour leaves. */
export const tui: Bench = {
  names: ["tui-key", "tui-key-many", "tui-idle-made-up", "tui-memory", "tui-idle"],
  async measure(dockerHost, progress) {
    const folder = await mkdtemp(join(tmpdir(), "devenv-bench-"));
    try {
      await bundle(join(import.meta.dirname, "tui-child.ts"), folder);
      const show = (...args: readonly (string | number)[]) =>
        openPty(["node", "--expose-gc", join(folder, "devenv.js"), ...args.map(String)], { ...SIZE, cwd: folder });
      progress("keys");
      const usual = { services: SERVICES, linesPerSecond: LINES_PER_SECOND };
      const figures: Figure[] = [];
      for (const [name, load] of [["tui-key", usual] as const, ["tui-key-many", MANY] as const])
        figures.push(await keyFigure(name, load, await show(load.services, load.linesPerSecond)));
      progress("idle, a cluster that is made up");
      figures.push(
        await idleFigure("tui-idle-made-up", `${SERVICES} services that are made up`, await show(SERVICES, 0)),
      );
      progress("an hour of lines");
      const file = join(folder, "memory.json");
      figures.push(await memoryFigure(await show(SERVICES, HOUR_OF_LINES, file), file));
      progress("idle, devenv alone");
      return [...figures, await devenvIdle(dockerHost)];
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  },
};

/** Choosing services, and scrolling the log of all back and forth, at moments that have nothing to do with its frames. */
async function keyFigure(name: string, { services, linesPerSecond }: typeof MANY, screen: Pty): Promise<Figure> {
  const samples: number[] = [];
  const press = async (key: string, effect: RegExp) => {
    await systemClock.sleep(20 + ((samples.length * 37) % 90));
    samples.push(await screen.press(key, effect));
  };
  await screen.press("", /GET \/books\/\d{4}/);
  for (let n = 1; n <= KEYS; n++) await press("j", new RegExp(`▸ ● service-${n}\\b`));
  await screen.press("\t", /all services/);
  for (let n = 0; n < KEYS / 2; n++) {
    await press("\x1b[5~", /scrolled back/);
    await press("f", /following/);
  }
  await screen.kill();
  const [p50, p95] = [quantile(samples, 0.5), quantile(samples, 0.95)];
  return {
    name,
    value: p95,
    unit: "ms",
    target: 50,
    how: `p95 (p50 ${p50.toFixed(1)} ms) of ${samples.length} keys, from the key's byte to the bytes of its effect: ${SIZE.columns} x ${SIZE.rows}, ${services} services that are made up, ${linesPerSecond} log lines a second`,
  };
}

async function idleFigure(name: string, of: string, screen: Pty): Promise<Figure> {
  await screen.press("", /●/);
  await systemClock.sleep(SETTLE_MS);
  const value = await processorShare(screen.pid, IDLE_MS);
  await screen.kill();
  const how = `processor time of the screen of ${of}, ${IDLE_MS / 1000} s without a key or a line of a log`;
  return { name, value, unit: "%", target: 1, how };
}

async function memoryFigure(screen: Pty, file: string): Promise<Figure> {
  await screen.press("\t", /all services/);
  await screen.ended;
  const { memory, lines } = JSON.parse(await readFile(file, "utf8")) as { memory: number[]; lines: number };
  const [heapThen, rssThen, heapNow, rssNow] = memory.map((bytes) => bytes / 1024 / 1024) as [
    number,
    number,
    number,
    number,
  ];
  return {
    name: "tui-memory",
    value: Math.max(0, heapNow - heapThen),
    unit: "MB",
    target: 5,
    how: `what the heap grew from a third of ${lines / 1e6} million lines, an hour of them, to the end: ${heapThen.toFixed(1)} to ${heapNow.toFixed(1)} MB (resident ${rssThen.toFixed()} to ${rssNow.toFixed()} MB), shown as they came, on the page of all logs`,
  };
}

/** All that a person has running: the save loop, the looks at the daemon, and the screen. */
async function devenvIdle(dockerHost: string): Promise<Figure> {
  const workspace = await makeWorkspace([{ name: "books" }, { name: "authors" }], dockerHost);
  try {
    const { code, stderr } = await workspace.run("up");
    if (code !== 0) throw new Error(stderr);
    const screen = await openPty(["node", CLI], { ...SIZE, cwd: workspace.folder, env: workspace.env });
    await screen.press("", /watching \d+ folders/);
    return await idleFigure("tui-idle", "devenv alone, with a cluster of two services and its save loop", screen);
  } finally {
    await workspace.remove();
  }
}
