import { readdir, readFile, readlink } from "node:fs/promises";

export interface WatchesOfProgram {
  readonly program: string;
  readonly watches: number;
}

/**
 * How many inotify watches the programs have whose files this user may see, the greediest first; those of one name
 * together. Without this process, which is about to have none. Empty where there is no /proc.
 */
export async function watchesInUse(): Promise<readonly WatchesOfProgram[]> {
  const pids = (await readdir("/proc").catch(() => [])).filter((name) => /^\d+$/.test(name));
  const byProgram = new Map<string, number>();
  for (const pid of pids) {
    const watches = Number(pid) === process.pid ? 0 : await watchesOf(pid);
    if (watches === 0) continue;
    const program = (await readFile(`/proc/${pid}/comm`, "utf8").catch(() => "?")).trim();
    byProgram.set(program, (byProgram.get(program) ?? 0) + watches);
  }
  const all = [...byProgram].map(([program, watches]) => ({ program, watches }));
  return all.sort((a, b) => b.watches - a.watches);
}

/** A process that ends meanwhile, or is not this user's, has none. */
async function watchesOf(pid: string): Promise<number> {
  let watches = 0;
  for (const descriptor of await readdir(`/proc/${pid}/fd`).catch(() => [])) {
    const target = await readlink(`/proc/${pid}/fd/${descriptor}`).catch(() => "");
    if (!target.includes("inotify")) continue;
    const text = await readFile(`/proc/${pid}/fdinfo/${descriptor}`, "utf8").catch(() => "");
    watches += text.match(/^inotify wd:/gm)?.length ?? 0;
  }
  return watches;
}
