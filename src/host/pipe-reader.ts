import { readdirSync, readFileSync, readlinkSync } from "node:fs";

/** Between two looks: a reader that went away is noticed that soon. */
const LOOK_MS = 500;

/**
 * Calls back once, when the process that reads a pipe which we write to has ended, or closed it, and no other one reads
 * it. Only a write would tell otherwise, and Node has no poll(2); so /proc is asked (proc_pid_fd(5)), of the one reader
 * again and again, of all processes when that is gone. Nothing is told of what is no pipe, on other systems than Linux, nor of
 * a reader that is another user's. Gives what ends the looking.
 */
export function whenUnread(descriptor: number, tell: () => void): () => void {
  const pipe = linkOf(`/proc/self/fd/${descriptor}`);
  let reader = pipe?.startsWith("pipe:") ? readerOf(pipe) : undefined;
  if (reader === undefined || pipe === undefined) return () => {};
  const end = () => clearInterval(timer);
  const timer = setInterval(() => {
    if (reader !== undefined && isReader(reader, pipe)) return;
    reader = readerOf(pipe);
    if (reader !== undefined) return;
    end();
    tell();
  }, LOOK_MS);
  timer.unref();
  return end;
}

/** A descriptor of a process that reads a pipe. */
interface Reader {
  readonly pid: string;
  readonly descriptor: string;
}

function readerOf(pipe: string): Reader | undefined {
  for (const pid of entriesOf("/proc")) {
    if (!/^\d+$/.test(pid)) continue;
    for (const descriptor of entriesOf(`/proc/${pid}/fd`)) {
      if (isReader({ pid, descriptor }, pipe)) return { pid, descriptor };
    }
  }
  return undefined;
}

function isReader({ pid, descriptor }: Reader, pipe: string): boolean {
  if (linkOf(`/proc/${pid}/fd/${descriptor}`) !== pipe) return false;
  try {
    const [, flags = "1"] =
      /^flags:\s+([0-7]+)$/m.exec(readFileSync(`/proc/${pid}/fdinfo/${descriptor}`, "utf8")) ?? [];
    return (Number.parseInt(flags, 8) & ACCESS_MODE) !== WRITE_ONLY;
  } catch {
    return false;
  }
}

/** Of open(2). */
const [ACCESS_MODE, WRITE_ONLY] = [3, 1];

function linkOf(path: string): string | undefined {
  try {
    return readlinkSync(path);
  } catch {
    return undefined;
  }
}

function entriesOf(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}
