import { randomBytes } from "node:crypto";
import { environmentFailure, type Failure } from "../../model/failure.ts";
import type { GuestAgent, GuestEnd } from "./agent.ts";
import { shareTag } from "./arguments.ts";
import becomeScript from "./guest-become.sh";
import emptyScript from "./guest-empty.sh";
import growScript from "./guest-grow.sh";
import letGoScript from "./guest-let-go.sh";
import type { Identity } from "./identity.ts";

/** How long a guest may take for what it waits for: Docker's start after a cold boot, under emulation on a busy machine. */
const TAKES_AT_MOST_MS = 300_000;

/** What a script has to know, and in which guest. */
interface Run {
  readonly agent: GuestAgent;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Makes a guest the machine of its cluster: its clock, its identity, its folders, Docker, and the containers that were
 * stopped when it was saved. Does no harm where all of that is there.
 * @throws Failure (environment) that says which of them the guest does not come to
 */
export async function become({ agent, signal }: Run, identity: Identity, folders: readonly string[]): Promise<void> {
  // By the agent itself: until a program of an emulated guest has started, its time is an old one.
  await agent.setTime(Date.now());
  const seed = randomBytes(64).toString("base64");
  const end = await shell(agent, assignments({ ...becomeValues(identity, folders), seed }) + becomeScript, signal);
  if (end.code === 0) return;
  switch (end.code) {
    case 3:
      throw told("the virtual machine could not mount a folder of this machine's", end);
    case 4:
      throw told(
        "Docker, or a container that was stopped for the suspension, does not start in the virtual machine",
        end,
      );
    case 5:
      throw told("the ssh server of the virtual machine does not listen", end);
    default:
      throw told("the virtual machine could not be set up", end);
  }
}

/** What guest-become.sh is told, but for the seed. */
export function becomeValues(identity: Identity, folders: readonly string[]): Record<string, string> {
  return {
    name: identity.hostname,
    machine_id: identity.machineId,
    host_key: identity.hostKey,
    authorized_key: identity.authorizedKey,
    shares: folders.flatMap((path, slot) => (path === "" ? [] : [`${shareTag(slot)} ${inFstab(path)}`])).join("\n"),
  };
}

/** Assignments of a POSIX shell: inside single quotes nothing has a meaning but the quote itself. */
export const assignments = (values: Readonly<Record<string, string>>): string =>
  Object.entries(values)
    .map(([name, value]) => `${name}='${value.replaceAll("'", "'\\''")}'\n`)
    .join("");

/** fstab(5), and the kernel in /proc/mounts: what would end the field is written in octal. */
export const inFstab = (path: string): string =>
  path.replace(/[ \t\n\\]/g, (letter) => `\\${letter.charCodeAt(0).toString(8).padStart(3, "0")}`);

/** What `inFstab` wrote, and the kernel. */
export const decodedPath = (field: string): string =>
  field.replace(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)));

/** Readies a guest that is nobody's to be saved. */
export async function makeEmpty({ agent, signal }: Run): Promise<void> {
  const end = await shell(agent, emptyScript, signal);
  if (end.code !== 0) throw told("Docker does not start in the virtual machine", end);
}

/** Has a guest let go of our folders, and stops the containers that use them. @throws Failure saying who uses one */
export async function letGo({ agent, signal }: Run): Promise<void> {
  const end = await shell(agent, letGoScript, signal);
  if (end.code === 0) return;
  if (end.code !== 5) throw told("the containers that use a shared folder could not be stopped", end);
  throw environmentFailure("the virtual machine cannot be saved while a program in it uses a shared folder", {
    output: end.stdout.trim(),
    hint: "End it (a shell of `devenv vm ssh`?), or stop the machine instead: `devenv vm stop`.",
  });
}

/** Lets the file system of a guest's root fill its disk, while it is in use. */
export async function growRoot({ agent, signal }: Run): Promise<void> {
  const end = await shell(agent, growScript, signal);
  if (end.code !== 0)
    throw told("the disk of the virtual machine was made larger, and its file system could not be", end);
}

const shell = (agent: GuestAgent, input: string, signal: AbortSignal | undefined): Promise<GuestEnd> =>
  agent.run({ path: "/bin/sh", args: ["-s"], input }, { timeoutMs: TAKES_AT_MOST_MS, signal });

const told = (message: string, { stderr, stdout }: GuestEnd): Failure =>
  environmentFailure(message, { output: (stderr.trim() || stdout.trim()).slice(-4000) });
