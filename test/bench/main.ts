/**
 * `npm run bench [-- [--json] [NAME…]]`: measures the figures that the project holds itself to. Ratios are taken in one
 * run with their two sides interleaved, because machines are noisy. Needs root (a private dockerd) and Go.
 */
import { systemProcesses } from "../../src/host/process.ts";
import { startPrivateDaemon } from "../harness/private-daemon.ts";
import { commands } from "./commands.ts";
import { fetch } from "./fetch.ts";
import { fetchUnchanged } from "./fetch-unchanged.ts";
import type { Figure } from "./figure.ts";
import { pullAll } from "./pull-all.ts";
import { push } from "./push.ts";
import { pushSsh } from "./push-ssh.ts";
import { save } from "./save.ts";
import { swap } from "./swap.ts";
import { tui } from "./tui.ts";
import { up } from "./up.ts";
import { vm } from "./vm.ts";
import { watchProcess } from "./watch-process.ts";
import { watchRoom } from "./watch-room.ts";

const BENCHES = [
  commands,
  swap,
  push,
  pushSsh,
  save,
  watchRoom,
  watchProcess,
  up,
  pullAll,
  fetch,
  fetchUnchanged,
  vm,
  tui,
];

const json = process.argv.includes("--json");
const wanted = process.argv.slice(2).filter((argument) => !argument.startsWith("--"));
const known = BENCHES.flatMap(({ names }) => names);
const unknown = wanted.filter((name) => !known.includes(name));
if (unknown.length > 0) {
  process.stderr.write(`no figure is called ${unknown.join(", ")}; there are ${known.join(", ")}\n`);
  process.exit(2);
}

const isWanted = (name: string) => wanted.length === 0 || wanted.includes(name);
const note = (text: string) => process.stderr.write(process.stderr.isTTY ? `\r\x1b[K${text}` : "");

const built = await systemProcesses.run("npm", ["run", "--silent", "build"]);
if (built.code !== 0) throw new Error(built.output);
const daemon = await startPrivateDaemon();
const figures: Figure[] = [];
const unmeasured: string[] = [];
try {
  for (const bench of BENCHES) {
    if (!bench.names.some(isWanted)) continue;
    if (!process.stderr.isTTY) process.stderr.write(`${bench.names.join(", ")}\n`);
    try {
      const measured = await bench.measure(`unix://${daemon.socket}`, (text) =>
        note(`${bench.names.join(", ")}: ${text}`),
      );
      figures.push(...measured.filter(({ name }) => isWanted(name)));
    } catch (thrown) {
      // The others' minutes are not for nothing.
      note("");
      process.stderr.write(
        `${bench.names.join(", ")}: not measured\n${thrown instanceof Error ? thrown.stack : thrown}\n`,
      );
      unmeasured.push(...bench.names);
    }
  }
} finally {
  note("");
  await daemon.stop();
}

const rows = figures.map((figure) => ({ ...figure, value: round(figure.value), holds: figure.value <= figure.target }));
process.stdout.write(json ? `${JSON.stringify({ figures: rows })}\n` : table(rows));
process.exitCode = unmeasured.length === 0 && rows.every(({ holds }) => holds) ? 0 : 1;

function round(value: number): number {
  return value < 10 ? Math.round(value * 1000) / 1000 : Math.round(value * 10) / 10;
}

function table(lines: readonly (Figure & { holds: boolean })[]): string {
  const head = "| figure | value | target | holds | how |\n|---|---|---|---|---|\n";
  const row = ({ name, value, unit, target, holds, how }: Figure & { holds: boolean }) =>
    `| ${name} | ${value} ${unit} | <= ${target} ${unit} | ${holds ? "yes" : "NO"} | ${how} |\n`;
  return head + lines.map(row).join("");
}
