import { readdir, readFile, readlink } from "node:fs/promises";
import { join } from "node:path";
import { systemClock } from "../../src/host/clock.ts";
import { systemProcesses } from "../../src/host/process.ts";
import type { TestWorkspace } from "./workspace.ts";

/** Where a planted value was found. */
export interface Leak {
  readonly value: string;
  readonly where: string;
}

/** The ways in which a value could be seen, made apart from the code that is tested. */
export function seenAs(value: string): string[] {
  const bytes = Buffer.from(value);
  const line = value.trimEnd();
  const lines = line.split("\n").filter((one) => one.length > 20 && !one.startsWith("-----"));
  return [
    ...(line.includes("\n") ? lines : [line]),
    JSON.stringify(line).slice(1, -1),
    encodeURIComponent(line),
    bytes.toString("hex"),
    Buffer.from(line).toString("base64").replace(/=+$/, "").slice(0, -1),
  ];
}

/** The planted values that a text holds, as they are or encoded. */
export const leaksIn = (text: string, planted: readonly string[], where: string): Leak[] =>
  planted.filter((value) => seenAs(value).some((seen) => text.includes(seen))).map((value) => ({ value, where }));

/** Of every file below a folder, names and targets of links included. */
export async function leaksBelow(folder: string, planted: readonly string[]): Promise<Leak[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const found = entries.map(async (entry) => {
    const path = join(entry.parentPath, entry.name);
    const text = entry.isFile()
      ? await readFile(path, "latin1").catch(() => "")
      : entry.isSymbolicLink()
        ? await readlink(path)
        : "";
    return leaksIn(`${path}\n${Buffer.from(text, "latin1").toString("utf8")}`, planted, path);
  });
  return (await Promise.all(found)).flat();
}

/**
 * Of what the daemon tells of a cluster to everyone who may ask it: its containers but for their environment, its
 * images and how they were made, its networks and volumes.
 */
export async function leaksInDocker(workspace: TestWorkspace, planted: readonly string[]): Promise<Leak[]> {
  const docker = async (...args: string[]): Promise<string> => {
    const env = { DOCKER_HOST: workspace.env.DOCKER_HOST ?? "" };
    const { code, output } = await systemProcesses.run("docker", args, { env });
    if (code !== 0) throw new Error(`docker ${args.join(" ")}: ${output}`);
    return output;
  };
  const label = `label=dev.devenv.cluster=${workspace.cluster}`;
  const ids = async (...list: string[]) => (await docker(...list)).split("\n").filter(Boolean);
  const containers = await ids("ps", "-aq", "--filter", label);
  const inspected = JSON.parse(await docker("inspect", ...containers)) as { Image: string; Config: { Env: unknown } }[];
  const found = inspected.flatMap(({ Config: { Env: _, ...config }, ...container }) =>
    leaksIn(JSON.stringify({ ...container, Config: config }), planted, "docker inspect of a container"),
  );
  for (const image of new Set(inspected.map(({ Image }) => Image))) {
    found.push(...leaksIn(await docker("image", "inspect", image), planted, "docker image inspect"));
    found.push(...leaksIn(await docker("history", "--no-trunc", image), planted, "docker history"));
  }
  for (const kind of ["network", "volume"]) {
    const all = await ids(kind, "ls", "-q", "--filter", label);
    if (all.length > 0)
      found.push(...leaksIn(await docker(kind, "inspect", ...all), planted, `docker ${kind} inspect`));
  }
  return found;
}

/** Between two looks: the shortest of the programs that devenv starts live longer. */
const PACE_MS = 5;

/** Looks at the arguments of every process of the machine, over and over, until it is ended; then tells what it saw. */
export function watchArguments(planted: readonly string[]): { end(): Promise<Leak[]> } {
  const found = new Map<string, Leak>();
  let isOver = false;
  const look = async () => {
    for (const pid of await readdir("/proc")) {
      if (!/^\d+$/.test(pid)) continue;
      const text = await readFile(`/proc/${pid}/cmdline`, "utf8").catch(() => "");
      for (const leak of leaksIn(text, planted, `arguments: ${text.replaceAll("\0", " ")}`))
        found.set(leak.where, leak);
    }
  };
  const looking = (async () => {
    for (; !isOver; await systemClock.sleep(PACE_MS)) await look();
  })();
  return {
    async end() {
      isOver = true;
      await looking;
      // At those that began behind the last look, too.
      await look();
      return [...found.values()];
    },
  };
}
