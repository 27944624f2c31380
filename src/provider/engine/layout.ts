import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { chown, mkdir } from "node:fs/promises";
import { dirname, join } from "node:path";
import { ensureFolder, peekText } from "../../host/files.ts";
import { environmentFailure } from "../../model/failure.ts";
import { tryProgram } from "../programs.ts";
import type { Surroundings } from "../surroundings.ts";

/** Whom the engine is for, when it is not who starts it: the person behind `sudo`. */
export interface Owner {
  readonly uid: number;
  readonly gid: number;
}

/** Where everything of our engine lies. */
export interface Layout {
  /** `<state>/engine`. */
  readonly folder: string;
  /** Holds socket, exec root, pid file and settings: `folder`, or a short one where the socket's path would be too long. */
  readonly run: string;
  readonly socket: string;
  readonly config: string;
  readonly exec: string;
  readonly pid: string;
  readonly data: string;
  readonly log: string;
  readonly owner: Owner | undefined;
}

/** The longest path of a socket (sun_path of unix(7) holds 108 bytes, the last of them zero). */
const LONGEST_SOCKET = 107;

/** The longest that dockerd and its containerd put below their exec root. */
const DEEPEST_SOCKET = "exec-rootless/containerd/containerd-debug.sock";

/**
 * Finds out where the engine is, or would be. Started with `sudo`, it is the engine of the person behind it: in their
 * state folder, its socket theirs, so that afterwards they need no sudo.
 */
export async function engineLayout(surroundings: Surroundings): Promise<Layout> {
  const { folders, machine } = surroundings;
  const person = await personBehindSudo(surroundings);
  const folder = join(person ? join(person.home, ".local/state/devenv") : folders.state, "engine");
  const run = runFolder(folder, surroundings);
  // A rootless engine numbers the owners of its files otherwise, and cannot read what one of root left there.
  const whose = machine.uid === 0 ? "" : "-rootless";
  return {
    folder,
    run,
    socket: join(run, "docker.sock"),
    config: join(run, "daemon.json"),
    exec: join(run, `exec${whose}`),
    pid: join(run, "pid"),
    data: join(folder, `data${whose}`),
    log: join(folder, "log"),
    owner: person && { uid: person.uid, gid: person.gid },
  };
}

/** Makes the engine's folders, this person's only. */
export async function makeFolders(layout: Layout): Promise<void> {
  for (const folder of new Set([layout.folder, layout.run])) {
    if (layout.owner) await makeOwned(folder, layout.owner);
    else await ensureFolder(folder);
  }
}

/** As `ensureFolder`, and everything that had to be made belongs to the person behind sudo. */
async function makeOwned(folder: string, { uid, gid }: Owner): Promise<void> {
  const first = await mkdir(folder, { recursive: true, mode: 0o700 });
  if (first === undefined) return;
  for (let made = folder; made.length >= first.length; made = dirname(made)) await chown(made, uid, gid);
}

/**
 * A path with a space counts as too long: dockerd-rootless.sh hands its arguments on unquoted.
 * @throws Failure when there is no short place
 */
function runFolder(folder: string, { environment, machine }: Surroundings): string {
  const fits = Buffer.byteLength(join(folder, DEEPEST_SOCKET)) <= LONGEST_SOCKET && !/\s/.test(folder);
  if (fits) return folder;
  const name = `devenv-${createHash("sha256").update(folder).digest("hex").slice(0, 12)}`;
  const roots = join("/run", name);
  if (machine.uid === 0 || existsSync(roots)) return roots;
  const runtime = environment.XDG_RUNTIME_DIR;
  if (runtime) return join(runtime, name);
  throw environmentFailure(`the path ${folder} is too long for a socket`, {
    hint: "Set XDG_STATE_HOME to a folder with a shorter path (up to 60 characters, no spaces), or XDG_RUNTIME_DIR.",
  });
}

interface Person extends Owner {
  readonly home: string;
}

async function personBehindSudo(surroundings: Surroundings): Promise<Person | undefined> {
  const { environment, machine } = surroundings;
  const uid = environment.SUDO_UID;
  if (machine.uid !== 0 || !uid || uid === "0") return undefined;
  const [, , , gid, , home] = (await passwdLine(uid, surroundings))?.split(":") ?? [];
  return home?.startsWith("/") ? { uid: Number(uid), gid: Number(gid), home } : undefined;
}

/** getent also knows the people of a directory service, who are not in the file. */
async function passwdLine(uid: string, surroundings: Surroundings): Promise<string | undefined> {
  const local = (peekText("/etc/passwd") ?? "").split("\n").find((line) => line.split(":")[2] === uid);
  if (local !== undefined) return local;
  const { code, stdout } = await tryProgram(surroundings, "getent", ["passwd", uid]);
  return code === 0 ? stdout.trim() : undefined;
}
