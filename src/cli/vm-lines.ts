import type { VmState, VmStatus } from "../model/vm.ts";
import { age } from "../state/duration.ts";
import type { Mark } from "../state/marks.ts";
import { size } from "../state/size.ts";
import type { Paint } from "./paint.ts";
import { table } from "./table.ts";

/** How a machine's states are shown, each with a shape of its own. */
const VM_MARKS: Readonly<Record<VmState, Mark>> = {
  absent: { shape: "○", tone: "dim", word: "absent" },
  stopped: { shape: "○", tone: "dim", word: "stopped" },
  suspended: { shape: "◑", tone: "yellow", word: "suspended" },
  starting: { shape: "◔", tone: "yellow", word: "starting" },
  running: { shape: "●", tone: "green", word: "running" },
  stopping: { shape: "◔", tone: "yellow", word: "stopping" },
  ended: { shape: "✖", tone: "red", word: "ended" },
};

/** What a table of machines is drawn with. */
export interface Drawn {
  /** Milliseconds since the epoch. */
  readonly now: number;
  /** Of the terminal. */
  readonly columns: number;
  readonly paint: Paint;
}

/** A row a machine, and below what is wrong with any of them. */
export function vmTable(all: readonly VmStatus[], { now, columns, paint }: Drawn): string {
  const rows = all.map(({ cluster, state, since, accelerator, cpus, memoryMiB, disk }) => {
    const { shape, tone, word } = VM_MARKS[state];
    return [
      paint(tone, shape),
      cluster,
      paint(tone, word),
      since === undefined ? "-" : age(now - Date.parse(since)),
      accelerator ?? "-",
      cpus === undefined ? "-" : String(cpus),
      memoryMiB === undefined ? "-" : memory(memoryMiB),
      disk === undefined ? "-" : `${size(disk.usedBytes)} of ${gibibytes(disk.virtualBytes)}`,
    ];
  });
  const headings = ["", "CLUSTER", "STATE", "SINCE", "ON", "CPUS", "MEMORY", "DISK"];
  const troubles = all.flatMap(({ cluster, trouble }) => (trouble === undefined ? [] : [`  ${cluster}: ${trouble}`]));
  return [table(headings, rows, columns), ...troubles].join("\n");
}

/** One machine in full. */
export function vmLines(status: VmStatus, now: number, paint: Paint): string {
  const { cluster, state, since, trouble, pid, sshPort, folders } = status;
  const { tone, word } = VM_MARKS[state];
  if (state === "absent") return `${paint("bold", cluster)} has no virtual machine.`;
  const head = `The virtual machine of ${paint("bold", cluster)} ${state === "ended" ? "has" : "is"} ${paint(tone, word)}`;
  const details = [
    ...(pid === undefined ? [] : [`pid ${pid}`]),
    ...(since ? [`for ${age(now - Date.parse(since))}`] : []),
  ];
  const rows: [string, string][] = [
    ...(trouble === undefined ? [] : [["trouble", paint("yellow", trouble)] as [string, string]]),
    ...hardware(status),
    ...(sshPort === undefined || state !== "running" ? [] : [["ssh", `127.0.0.1:${sshPort}`] as [string, string]]),
    ...folders.map(({ path, mounted }): [string, string] => {
      return ["shares", mounted || state !== "running" ? path : `${path} ${paint("yellow", "(not mounted)")}`];
    }),
  ];
  const lines = rows.map(([name, what]) => `  ${name.padEnd(8)} ${what}`);
  return [details.length === 0 ? `${head}.` : `${head} (${details.join(", ")}).`, ...lines].join("\n");
}

function hardware({ accelerator, cpus, memoryMiB, disk }: VmStatus): [string, string][] {
  const words = [
    ...(accelerator === undefined ? [] : [accelerator === "tcg" ? "tcg, which is plain emulation" : accelerator]),
    ...(cpus === undefined ? [] : [`${cpus} cpu${cpus === 1 ? "" : "s"}`]),
    ...(memoryMiB === undefined ? [] : [memory(memoryMiB)]),
  ];
  const free = disk?.freeBytes === undefined ? "" : `, ${size(disk.freeBytes)} free in it`;
  return [
    ...(words.length === 0 ? [] : [["runs on", words.join(", ")] as [string, string]]),
    ...(disk === undefined
      ? []
      : [["disk", `${size(disk.usedBytes)} here, of ${gibibytes(disk.virtualBytes)}${free}`] as [string, string]]),
  ];
}

const memory = (mebibytes: number): string => (mebibytes % 1024 === 0 ? `${mebibytes / 1024} GiB` : `${mebibytes} MiB`);
const gibibytes = (bytes: number): string => `${Math.round(bytes / 1024 ** 3)} GiB`;
