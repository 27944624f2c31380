/**
 * The real screen in front of a cluster that is made up: `tui-child.ts SERVICES LINES-A-SECOND`, or with a third word,
 * a file, `tui-child.ts SERVICES LINES FILE`: prints so many lines as fast as it can, then ends, and leaves in the file
 * what memory it had after a third of them and at the end. What it is told comes as src/flow/live.ts tells it: a look at
 * the status and at what services use every two seconds, lines in a batch every 100 ms.
 */
import { writeFileSync } from "node:fs";
import { setImmediate as turn } from "node:timers/promises";
import { serviceName } from "../../src/model/names.ts";
import { show } from "../../src/tui/show.tsx";
import { aService, fakeLive } from "../unit/tui/fake-live.ts";

const LOOK_MS = 2000;
const BATCH_MS = 100;
/** As many lines as LogFeed hands on at once at most. */
const FULL = 2000;

const [services = "60", lines = "0", file] = process.argv.slice(2);
const names = Array.from({ length: Number(services) }, (_, at) => `service-${at}`);
const live = fakeLive(names);
const { stdin, stdout } = process;
const closing = new AbortController();
let printed = 0;

/** Lines of all services in turns, as many of them JSON as text, in one batch. */
function print(count: number): void {
  const lines = Array.from({ length: count }, () => {
    const number = printed++;
    return { service: names[number % names.length] ?? "", text: lineOf(number) };
  });
  live.printsAll(lines);
}

const lineOf = (n: number): string =>
  n % 2 === 0
    ? `{"time":"2026-03-01T12:00:00Z","level":"${n % 50 === 0 ? "ERROR" : "INFO"}","msg":"GET /books/${n}","took":"1.${n % 10}ms"}`
    : `2026/03/01 12:00:00 INFO handled GET /authors/${n} from 10.0.0.${n % 250} in 1.${n % 10}ms`;

let looks = 0;
function look(): void {
  live.says(
    names.map((name) => aService(name)),
    (looks++ * LOOK_MS) / 1000,
  );
  live.uses(
    Object.fromEntries(
      live.measured.map((name, at) => [
        name,
        { cpuPercent: ((looks + at) % 30) / 10, memoryBytes: 5e7 + looks * 4096 },
      ]),
    ),
  );
}

async function soak(path: string, count: number): Promise<void> {
  const memory: number[] = [];
  for (const part of [count / 3, count]) {
    while (printed < part) {
      print(FULL);
      await turn();
    }
    globalThis.gc?.();
    memory.push(process.memoryUsage().heapUsed, process.memoryUsage().rss);
  }
  writeFileSync(path, JSON.stringify({ lines: printed, memory }));
  closing.abort();
}

setImmediate(() => {
  look();
  live.happens({ type: "watching", services: names.map(serviceName), folders: names.length });
  setInterval(look, LOOK_MS).unref();
  if (file !== undefined) setTimeout(() => void soak(file, Number(lines)), LOOK_MS);
  else if (Number(lines) > 0) setInterval(() => print((Number(lines) * BATCH_MS) / 1000), BATCH_MS).unref();
});
await show(live, { stdin, stdout, color: true, signal: closing.signal });
process.exit();
