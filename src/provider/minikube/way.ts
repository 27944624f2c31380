import { createHash } from "node:crypto";
import { rm } from "node:fs/promises";
import { ensureFolder, readJson, readText, writeAtomic, writeJson } from "../../host/files.ts";
import { environmentFailure } from "../../model/failure.ts";
import type { SshAddress } from "../../model/ssh.ts";
import type { ProviderProgress } from "../provider.ts";
import type { Surroundings } from "../surroundings.ts";
import type { MinikubeLayout } from "./layout.ts";
import type { Machine } from "./machine.ts";
import { runMinikube } from "./program.ts";

/**
 * How a machine is reached: over ssh, with the key that minikube made for it. Not at its daemon's port behind TLS: of that
 * address and certificates change (minikube#6824, #7017, #8185), and no published port would appear here. This way the
 * address that a watch and a Docker context have is that of a forwarded socket of this machine, and stays.
 */
export interface Way {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  /** Path of minikube's private key; absent where the machine is let in by the person's own. */
  readonly key?: string | undefined;
  /** Of that key: another one is another machine, with another host key. */
  readonly keyDigest?: string | undefined;
}

const SSH_HOST = "machine";

/** The address that the link is given: a host of a configuration of ours, which is read at each connection anew. */
export const addressOf = ({ profile, sshConfig }: MinikubeLayout): SshAddress => ({
  destination: SSH_HOST,
  machine: { of: "minikube", cluster: profile, config: sshConfig, docker: "/var/run/docker.sock" },
});

/** How a machine was reached last. */
export async function knownWay({ way }: MinikubeLayout): Promise<Way | undefined> {
  const known = await readJson(way).catch(() => undefined);
  return isWay(known) ? known : undefined;
}

const isWay = (value: unknown): value is Way =>
  typeof value === "object" && value !== null && "host" in value && "port" in value && "user" in value;

/** A machine whose daemon it has to start takes its time. */
const ASKS_WITHIN_MS = 120_000;

/**
 * Asks minikube how a machine that runs is reached, and keeps it. To be asked only where the known way no longer leads
 * there: `docker-env` tries the daemon's port first, and has dockerd restarted where that fails, which ends every container.
 * @param progress told where it did so
 * @throws Failure (environment) with minikube's words
 */
export async function askWay(
  machine: Machine,
  layout: MinikubeLayout,
  surroundings: Surroundings,
  progress: ProviderProgress,
  signal?: AbortSignal,
): Promise<Way> {
  const { minikube, profile } = machine;
  const args = ["docker-env", "-p", profile, "--ssh-host", "--shell", "none", "-o", "json", "--alsologtostderr"];
  const options = { timeoutMs: ASKS_WITHIN_MS, ...(signal && { signal }) };
  const { stdout, stderr } = await runMinikube(minikube.path, args, surroundings, options);
  const told = restartsIn(stderr);
  if (told !== undefined) progress(told, { isNote: true });
  const place = readDockerHost(stdout);
  if (place === undefined) {
    throw environmentFailure(`minikube does not say how the Docker daemon of ${profile} is reached`, {
      hint: `It has to have container runtime docker: \`minikube -p ${profile} docker-env\` tells more.`,
      output: wordsOf(`${stdout}\n${stderr}`),
    });
  }
  const named = (await runMinikube(minikube.path, ["ssh-key", "-p", profile], surroundings, options)).stdout.trim();
  // With driver ssh it names a file that is not there (1.38.1): what lets us in is the person's own key.
  const way = { ...place, ...(await firstKey([named, machine.sshKey ?? (await knownWay(layout))?.key])) };
  await keepWay(way, layout);
  return way;
}

/** The first key that is there, and can be read. */
async function firstKey(paths: readonly (string | undefined)[]): Promise<Pick<Way, "key" | "keyDigest">> {
  for (const key of paths) {
    const text = key ? await readText(key).catch(() => undefined) : undefined;
    if (text !== undefined) return { key, keyDigest: digest(text) };
  }
  return {};
}

const digest = (text: string): string => createHash("sha256").update(text).digest("hex").slice(0, 16);

/** The host key is taken at the first connection, and has to be the same from then on, unless it is another machine. */
async function keepWay(way: Way, layout: MinikubeLayout): Promise<void> {
  const before = await knownWay(layout);
  await ensureFolder(layout.folder);
  if (before?.keyDigest !== way.keyDigest) await rm(layout.knownHosts, { force: true });
  await writeAtomic(layout.sshConfig, sshConfig(way, layout.knownHosts));
  await writeJson(layout.way, way);
}

/** What is kept of a machine, gone with it. */
export const forgetWay = ({ folder }: MinikubeLayout): Promise<void> => rm(folder, { recursive: true, force: true });

/** A configuration for `ssh -F`. */
export function sshConfig({ host, port, user, key }: Way, knownHosts: string): string {
  const lines = [
    `HostName ${host}`,
    `Port ${port}`,
    `User ${user}`,
    ...(key === undefined ? [] : [`IdentityFile "${key}"`, "IdentitiesOnly yes"]),
    `UserKnownHostsFile "${knownHosts}"`,
    // Whichever address it has, it is the same machine.
    `HostKeyAlias ${SSH_HOST}`,
    "StrictHostKeyChecking accept-new",
  ];
  return `Host ${SSH_HOST}\n${lines.map((line) => `  ${line}\n`).join("")}`;
}

/** @param stdout of `docker-env --ssh-host --shell none -o json`: `{"DOCKER_HOST":"ssh://docker@192.168.49.2:22",…}` */
export function readDockerHost(stdout: string): Pick<Way, "host" | "port" | "user"> | undefined {
  for (const line of stdout.split("\n")) {
    const found = /"DOCKER_HOST":"ssh:\/\/([^@"]+)@\[?([^"\]]+)\]?:(\d+)"/.exec(line);
    if (found?.[1] && found[2]) return { user: found[1], host: found[2], port: Number(found[3]) };
  }
  return undefined;
}

/** What minikube's log says that it did to the daemon; the words are those of `cmd/docker-env.go` (1.38.1). */
export function restartsIn(log: string): string | undefined {
  if (log.includes("will try to restart dockerd"))
    return "minikube restarted the Docker daemon in its machine, and with it every container";
  if (log.includes("will try to reload it") || log.includes("couldn't connect to docker inside minikube"))
    return "minikube had the Docker daemon in its machine read its settings anew";
  return undefined;
}

const LINES_TOLD = 12;

/** Without the lines of its log that are no warning. */
const wordsOf = (text: string): string =>
  text
    .split("\n")
    .filter((line) => line.trim() !== "" && !/^I\d{4} /.test(line) && !line.startsWith("false exit code"))
    .slice(-LINES_TOLD)
    .join("\n");
