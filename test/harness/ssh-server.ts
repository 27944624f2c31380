import { readdirSync, readFileSync } from "node:fs";
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
  /** Ends it, and every session that it has: what a machine that is switched off does. */
  stop(): Promise<void>;
  /** Starts one that was stopped, at the same port. */
  resume(): Promise<void>;
}

export interface SshServerOptions {
  /** Lines of sshd_config(5) that come first, and so hold. */
  readonly config?: readonly string[];
  /** `NAME=value` of what runs in a session. */
  readonly environment?: readonly string[];
  /** Its sessions are held to the modes of files, as those of a common account are, root's among them. */
  readonly obeysModes?: boolean;
}

export async function startSshServer(folder: string, options: SshServerOptions = {}): Promise<SshServer> {
  const port = await freePort();
  const at = (name: string) => join(folder, name);
  await mkdir(at("bin"), { recursive: true });
  // sshd's privilege separation wants it, and only its package's service makes it.
  await mkdir("/run/sshd", { recursive: true }).catch(() => {});
  for (const name of ["host", "user"]) await keygen(at(name));
  await copyFile(at("user.pub"), at("authorized"));
  await writeFile(at("sshd_config"), serverConfig(folder, port, options));
  const hostKey = await systemProcesses.run("cat", [at("host.pub")]);
  await writeFile(at("known"), `[127.0.0.1]:${port} ${hostKey.stdout}`);
  const client = ["IdentitiesOnly yes", `IdentityFile ${at("user")}`, `UserKnownHostsFile ${at("known")}`];
  await writeFile(at("ssh_config"), `${client.join("\n")}\n`);
  await writeFile(at("bin/ssh"), `#!/bin/sh\nexec /usr/bin/ssh -F '${at("ssh_config")}' "$@"\n`);
  await chmod(at("bin/ssh"), 0o755);
  const log: string[] = [];
  const command = [
    ...(options.obeysModes ? WITHOUT_RIGHTS : []),
    "/usr/sbin/sshd",
    "-D",
    "-e",
    "-f",
    at("sshd_config"),
  ];
  let stop = await startSshd(folder, command, log);
  return {
    port,
    bin: at("bin"),
    url: (path) => `ssh://${userInfo().username}@127.0.0.1:${port}${path}`,
    logins: () => log.filter((line) => line.startsWith("Accepted publickey")).length,
    stop: () => stop(),
    async resume() {
      stop = await startSshd(folder, command, log);
    },
  };
}

/** Takes from root what lets it past a file's mode (capabilities(7)). */
const WITHOUT_RIGHTS = ["setpriv", "--bounding-set", "-dac_override,-dac_read_search"];

/** Resolves when it listens; gives what ends it. */
async function startSshd(folder: string, command: readonly string[], log: string[]): Promise<() => Promise<void>> {
  const ending = new AbortController();
  let isReady = () => {};
  const ready = new Promise<void>((resolve) => {
    isReady = resolve;
  });
  const [program = "", ...args] = command;
  const ended = systemProcesses.run(program, args, {
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
  return async () => {
    const listener = Number(readFileSync(join(folder, "sshd.pid"), "utf8"));
    // Held first: a session that it starts just now would hold its output open, and so this wait, for as long as it lives.
    kill(listener, "SIGSTOP");
    for (const pid of [...descendantsOf(listener), listener]) kill(pid, "SIGKILL");
    await ended;
    ending.abort();
    await early.catch(() => {});
  };
}

/** sshd gives each session a group of its own, and a process without rights besides. */
const descendantsOf = (pid: number): number[] =>
  childrenOf(pid).flatMap((child) => {
    kill(child, "SIGSTOP");
    return [...descendantsOf(child), child];
  });

const childrenOf = (pid: number): number[] =>
  readdirSync("/proc")
    .filter((name) => /^[0-9]+$/.test(name))
    .filter((name) => parentOf(name) === pid)
    .map(Number);

function kill(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // It has ended by itself.
  }
}

function parentOf(pid: string): number | undefined {
  try {
    return Number(/\) \S (\d+)/.exec(readFileSync(`/proc/${pid}/stat`, "utf8"))?.[1]);
  } catch {
    return undefined; // It has ended meanwhile.
  }
}

async function keygen(file: string): Promise<void> {
  const { code, output } = await systemProcesses.run("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-f", file]);
  if (code !== 0) throw new Error(output);
}

const serverConfig = (folder: string, port: number, { config = [], environment = [] }: SshServerOptions): string =>
  [
    ...config,
    "ListenAddress 127.0.0.1",
    `Port ${port}`,
    `HostKey ${join(folder, "host")}`,
    `AuthorizedKeysFile ${join(folder, "authorized")}`,
    `PidFile ${join(folder, "sshd.pid")}`,
    "StrictModes no",
    "UsePAM no",
    "PasswordAuthentication no",
    "KbdInteractiveAuthentication no",
    "PermitRootLogin prohibit-password",
    // The outermost bash of a session would read this user's .bashrc, whatever is in it.
    `SetEnv ${["SHLVL=2", ...environment].join(" ")}`,
    // For the benchmark's other side, which logs in once for each repository.
    "MaxStartups 200",
    "",
  ].join("\n");
