import { createHash } from "node:crypto";
import { chmod, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { writeAtomic } from "../../host/files.ts";
import { findProgram, runProgram } from "../programs.ts";
import { sshMissing } from "../ssh/trouble.ts";
import type { Surroundings } from "../surroundings.ts";

/** What makes a guest this cluster's and no other's. */
export interface Identity {
  /** As a host's name may be. */
  readonly hostname: string;
  /** machine-id(5). */
  readonly machineId: string;
  /** The private key that its sshd proves itself by, as OpenSSH writes it. */
  readonly hostKey: string;
  /** A line for authorized_keys: whoever has the machine's key may enter. */
  readonly authorizedKey: string;
}

/** Files in a machine's folder by which ssh enters it. */
const FILES = { key: "key", hostKey: "host_key", knownHosts: "known_hosts", config: "ssh_config" } as const;

/** Path of the configuration for `ssh -F`, there once the machine has run. */
export const sshConfigIn = (folder: string): string => join(folder, FILES.config);

/** The name of a machine in its ssh configuration. */
export const sshHostOf = (cluster: string): string => `devenv-${hostnameOf(cluster)}`;

/**
 * Gives the identity of the machine in a folder, which it keeps until the folder is deleted. The key of its sshd is made
 * here, so that it is known before the first connection.
 */
export async function haveIdentity(cluster: string, folder: string, surroundings: Surroundings): Promise<Identity> {
  const [key, hostKey] = [join(folder, FILES.key), join(folder, FILES.hostKey)];
  for (const path of [key, hostKey]) await haveKey(path, surroundings);
  const machineId = createHash("sha256")
    .update(await readFile(`${hostKey}.pub`))
    .digest("hex")
    .slice(0, 32);
  const [authorizedKey, secret, known] = await Promise.all(
    [`${key}.pub`, hostKey, `${hostKey}.pub`].map((path) => readFile(path, "utf8")),
  );
  await writeAtomic(join(folder, FILES.knownHosts), `${sshHostOf(cluster)} ${known?.trim()}\n`);
  return {
    ...{ hostname: hostnameOf(cluster), machineId },
    ...{ hostKey: secret?.trimEnd() ?? "", authorizedKey: authorizedKey?.trim() ?? "" },
  };
}

async function haveKey(path: string, surroundings: Surroundings): Promise<void> {
  const pair = await Promise.allSettled([readFile(path), readFile(`${path}.pub`)]);
  if (pair.every(({ status }) => status === "fulfilled")) return;
  for (const file of [path, `${path}.pub`]) await rm(file, { force: true });
  if (findProgram("ssh-keygen", surroundings) === undefined) throw sshMissing("ssh-keygen");
  await runProgram(surroundings, "ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-C", "devenv", "-f", path]);
  await chmod(path, 0o600);
}

/** Writes the configuration by which ssh enters a machine that runs. */
export async function writeSshConfig(cluster: string, folder: string, port: number): Promise<void> {
  await writeAtomic(sshConfigIn(folder), sshConfig({ cluster, folder, port }));
}

/**
 * Only what a guest under plain emulation is quickest with; and nothing of the person's own: no agent, no other key, no
 * question.
 */
export function sshConfig({ cluster, folder, port }: { cluster: string; folder: string; port: number }): string {
  const options = {
    HostName: "127.0.0.1",
    Port: String(port),
    User: "root",
    HostKeyAlias: sshHostOf(cluster),
    IdentityFile: inQuotes(join(folder, FILES.key)),
    IdentitiesOnly: "yes",
    IdentityAgent: "none",
    UserKnownHostsFile: inQuotes(join(folder, FILES.knownHosts)),
    GlobalKnownHostsFile: "/dev/null",
    StrictHostKeyChecking: "yes",
    UpdateHostKeys: "no",
    CheckHostIP: "no",
    PreferredAuthentications: "publickey",
    HostKeyAlgorithms: "ssh-ed25519",
    KexAlgorithms: "curve25519-sha256,curve25519-sha256@libssh.org",
    Ciphers: "chacha20-poly1305@openssh.com,aes128-gcm@openssh.com",
    LogLevel: "ERROR",
  };
  const lines = Object.entries(options).map(([key, value]) => `  ${key} ${value}\n`);
  return `Host ${sshHostOf(cluster)}\n${lines.join("")}`;
}

/** ssh_config(5) takes a path with spaces in quotes, and expands `%`. */
const inQuotes = (path: string): string => `"${path.replaceAll("%", "%%")}"`;

/** Letters, digits and hyphens, at most 63 of them (hostname(7)). */
const hostnameOf = (cluster: string): string =>
  cluster
    .toLowerCase()
    .replace(/[^a-z0-9-]+/g, "-")
    .replace(/^-+/, "")
    .slice(0, 63)
    .replace(/-+$/, "") || "devenv";
