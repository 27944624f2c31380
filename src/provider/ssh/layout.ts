import { createHash } from "node:crypto";
import { readdir, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { ensureFolder, readJson, writeJson } from "../../host/files.ts";
import { environmentFailure } from "../../model/failure.ts";
import { type SshAddress, sshWritten } from "../../model/ssh.ts";
import type { Surroundings } from "../surroundings.ts";

/** Where everything of the link to one host lies. All of it is this person's alone. */
export interface LinkLayout {
  readonly address: SshAddress;
  /** `<state>/ssh/<digest of the address>`. */
  readonly folder: string;
  /** Holds the sockets: `folder`, or a short one where their paths would be too long. */
  readonly run: string;
  /** At which ssh takes orders (ControlPath). */
  readonly control: string;
  /** The forwarded socket of the Docker daemon there. */
  readonly docker: string;
  /** At which the link itself is spoken to. */
  readonly orders: string;
  readonly log: string;
}

/** What a socket's address holds where it holds least (104 bytes on macOS, the last of them zero). */
const LONGEST_SOCKET = 103;

/** ssh makes its control socket under a name with a dot and sixteen letters more, and then gives it its own. */
const DEEPEST_SOCKET = "control.0123456789abcdef";

/** The path stands in an option of ssh, which expands `%` and `$`, and in `-L`, which splits at a colon. */
const PLAIN = /^[A-Za-z0-9_./@+=,-]+$/;

/** Finds out where the link to a host is, or would be. @throws Failure (environment) when there is no short place */
export function linkLayout(address: SshAddress, surroundings: Surroundings): LinkLayout {
  const folder = join(surroundings.folders.state, "ssh", digest(sshWritten(address)));
  const run = runFolder(folder, surroundings);
  return {
    ...{ address, folder, run },
    control: join(run, "control"),
    docker: join(run, "docker.sock"),
    orders: join(run, ORDERS),
    log: join(folder, "log"),
  };
}

const ORDERS = "link.sock";

/** Where the link is spoken to whose forwarded Docker socket this is. */
export const ordersBeside = (dockerSocket: string): string => join(dirname(dockerSocket), ORDERS);

function runFolder(folder: string, { environment, machine }: Surroundings): string {
  const fits = (path: string) => PLAIN.test(path) && Buffer.byteLength(join(path, DEEPEST_SOCKET)) <= LONGEST_SOCKET;
  const short = machine.uid === 0 ? "/run" : environment.XDG_RUNTIME_DIR;
  const places = [folder, ...(short ? [join(short, `devenv-ssh-${digest(folder)}`)] : [])];
  const found = places.find(fits);
  if (found !== undefined) return found;
  throw environmentFailure(`the path ${folder} is too long for a socket, or has letters that ssh gives a meaning to`, {
    hint: "Set XDG_STATE_HOME to a folder with a shorter path (up to 60 plain characters), or XDG_RUNTIME_DIR.",
  });
}

const digest = (text: string): string => createHash("sha256").update(text).digest("hex").slice(0, 12);

/** The lock that a link holds as long as it lives. */
export const lifeLock = ({ folder }: LinkLayout): string => join(folder, "life");

const RECORD = "address.json";

/** Makes the folders of a link, with a note of whose they are. */
export async function makeLinkFolders({ address, folder, run }: LinkLayout): Promise<void> {
  for (const each of new Set([folder, run])) await ensureFolder(each);
  await writeJson(join(folder, RECORD), address);
}

/** Removes what is kept of a link that has ended. */
export async function removeLinkFolders({ folder, run }: LinkLayout): Promise<void> {
  for (const each of new Set([folder, run])) await rm(each, { recursive: true, force: true });
}

/** Of every host that there has been a link to. */
export async function knownLinks(surroundings: Surroundings): Promise<readonly LinkLayout[]> {
  const root = join(surroundings.folders.state, "ssh");
  const names = await readdir(root).catch(() => []);
  const addresses = await Promise.all(names.map((name) => readJson(join(root, name, RECORD)).catch(() => undefined)));
  return addresses.filter(isAddress).map((address) => linkLayout(address, surroundings));
}

const isAddress = (value: unknown): value is SshAddress =>
  typeof value === "object" && value !== null && "destination" in value && typeof value.destination === "string";
