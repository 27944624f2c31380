import { chmod, copyFile, mkdir, writeFile } from "node:fs/promises";
import { userInfo } from "node:os";
import { join } from "node:path";
import { systemProcesses } from "../../src/host/process.ts";
import { freePort } from "./free-port.ts";

/** A real sshd on loopback that lets this user in with one key. */
export interface SshServer {
  readonly port: number;
  /** To be put first in PATH: an `ssh` that knows this server and nothing of the machine's configuration. */
  readonly bin: string;
  /** The address of a folder of this machine through it. */
  url(path: string): string;
  /** How often someone has logged in. */
  logins(): number;
  stop(): Promise<void>;
}

export async function startSshServer(folder: string): Promise<SshServer> {
  const port = await freePort();
  const at = (name: string) => join(folder, name);
  await mkdir(at("bin"), { recursive: true });
  // sshd's privilege separation wants it, and only its package's service makes it.
  await mkdir("/run/sshd", { recursive: true }).catch(() => {});
  for (const name of ["host", "user"]) await keygen(at(name));
  await copyFile(at("user.pub"), at("authorized"));
  await writeFile(at("sshd_config"), serverConfig(folder, port));
  const hostKey = await systemProcesses.run("cat", [at("host.pub")]);
  await writeFile(at("known"), `[127.0.0.1]:${port} ${hostKey.stdout}`);
  const client = ["IdentitiesOnly yes", `IdentityFile ${at("user")}`, `UserKnownHostsFile ${at("known")}`];
  await writeFile(at("ssh_config"), `${client.join("\n")}\n`);
  await writeFile(at("bin/ssh"), `#!/bin/sh\nexec /usr/bin/ssh -F '${at("ssh_config")}' "$@"\n`);
  await chmod(at("bin/ssh"), 0o755);
  const ending = new AbortController();
  const log: string[] = [];
  let isReady = () => {};
  const ready = new Promise<void>((resolve) => {
    isReady = resolve;
  });
  const ended = systemProcesses.run("/usr/sbin/sshd", ["-D", "-e", "-f", at("sshd_config")], {
    signal: ending.signal,
    onLine(line) {
      log.push(line);
      if (line.includes("Server listening")) isReady();
    },
  });
  const early = ended.then(() => {
    throw new Error(`sshd did not start: ${log.join("\n")}`);
  });
  await Promise.race([ready, early]);
  return {
    port,
    bin: at("bin"),
    url: (path) => `ssh://${userInfo().username}@127.0.0.1:${port}${path}`,
    logins: () => log.filter((line) => line.startsWith("Accepted publickey")).length,
    async stop() {
      ending.abort();
      await ended;
      await early.catch(() => {});
    },
  };
}

async function keygen(file: string): Promise<void> {
  const { code, output } = await systemProcesses.run("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-f", file]);
  if (code !== 0) throw new Error(output);
}

const serverConfig = (folder: string, port: number): string =>
  [
    "ListenAddress 127.0.0.1",
    `Port ${port}`,
    `HostKey ${join(folder, "host")}`,
    `AuthorizedKeysFile ${join(folder, "authorized")}`,
    "PidFile none",
    "StrictModes no",
    "UsePAM no",
    "PasswordAuthentication no",
    "KbdInteractiveAuthentication no",
    "PermitRootLogin prohibit-password",
    // The outermost bash of a session would read this user's .bashrc, whatever is in it.
    "SetEnv SHLVL=2",
    // For the benchmark's other side, which logs in once for each repository.
    "MaxStartups 200",
    "",
  ].join("\n");
