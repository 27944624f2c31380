import { randomBytes } from "node:crypto";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Finished, systemProcesses } from "../../src/host/process.ts";
import { eventually } from "./eventually.ts";

export interface PrivateDaemon {
  readonly socket: string;
  /** Ends dockerd alone, as the first half of a restart: with live-restore its containers go on, else they end, too. */
  halt(): Promise<void>;
  /** Starts a dockerd that was halted, with all that it had. Resolves when it answers. */
  resume(): Promise<void>;
  /** Ends its containers and itself, and takes away its mounts, bridges, rules and files. */
  stop(): Promise<void>;
}

const PREFIX = "devenv-test-docker-";
const STARTS_WITHIN_MS = 30_000;
const STOPS_WITHIN_MS = 20_000;

export interface PrivateDaemonOptions {
  /** Containers go on while dockerd does not run. */
  readonly liveRestore?: boolean;
}

/** A dockerd with a socket, data, bridge and addresses of its own. Needs root. */
export async function startPrivateDaemon(options: PrivateDaemonOptions = {}): Promise<PrivateDaemon> {
  await sweepAbandoned();
  const folder = await mkdtemp(join(tmpdir(), PREFIX));
  await writeFile(join(folder, "owner"), String(process.pid));
  const network = await makeNetwork();
  await writeFile(join(folder, "network"), JSON.stringify(network));
  // Not the machine's own configuration.
  await writeFile(join(folder, "daemon.json"), "{}");
  const socket = join(folder, "d.sock");
  const start = () => startDockerd(socket, argumentsFor(folder, socket, network, options));
  let dockerd: Dockerd | undefined;
  try {
    dockerd = await start();
  } catch (thrown) {
    await removeNetwork(network);
    await rm(folder, { recursive: true, force: true });
    throw thrown;
  }
  const halt = async () => {
    const halted = dockerd;
    dockerd = undefined;
    if (halted === undefined) return;
    process.kill(await pidIn(folder), "SIGTERM");
    await halted.gone();
  };
  const resume = async () => {
    dockerd ??= await start();
  };
  const stop = async () => {
    await resume();
    await removeAll(socket);
    await halt();
    await cleanUp(folder, network);
  };
  return { socket, halt, resume, stop };
}

interface Dockerd {
  /** Resolves when its process has ended; one that does not end is killed. */
  gone(): Promise<void>;
}

/** Resolves when it answers. */
async function startDockerd(socket: string, args: readonly string[]): Promise<Dockerd> {
  const stopping = new AbortController();
  const output: string[] = [];
  const ended = systemProcesses.run("dockerd", args, {
    signal: stopping.signal,
    onLine: (line) => output.push(line),
  });
  try {
    await untilAnswers(socket, ended, output);
  } catch (thrown) {
    stopping.abort();
    await ended;
    throw thrown;
  }
  return {
    async gone() {
      const giveUp = setTimeout(() => stopping.abort(), STOPS_WITHIN_MS);
      await ended;
      clearTimeout(giveUp);
    },
  };
}

/** Two daemons do not know of each other's networks, so each has its own range. */
interface Network {
  readonly bridge: string;
  /** First two numbers of its addresses. */
  readonly range: string;
}

function argumentsFor(
  folder: string,
  socket: string,
  { bridge, range }: Network,
  { liveRestore = false }: PrivateDaemonOptions,
): string[] {
  return [
    ...["--host", `unix://${socket}`],
    ...["--data-root", join(folder, "data"), "--exec-root", join(folder, "exec"), "--pidfile", join(folder, "pid")],
    ...["--bridge", bridge, "--default-address-pool", `base=${range}.128.0/17,size=24`],
    // A starting dockerd empties the chains of the one that runs already, and with them its published ports.
    // Ours publishes through its proxy, and its rules are the three of `rulesOf`.
    "--iptables=false",
    ...["--config-file", join(folder, "daemon.json")],
    ...(liveRestore ? ["--live-restore"] : []),
  ];
}

async function makeNetwork(): Promise<Network> {
  const { stdout: routes } = await ran("ip", ["-4", "route"]);
  const free = [...Array(150).keys()].map((n) => 100 + n).filter((n) => !routes.includes(`10.${n}.`));
  const second = free[Math.floor(Math.random() * free.length)];
  const network = { bridge: `dvt-${randomBytes(4).toString("hex")}`, range: `10.${second}` };
  await ran("ip", ["link", "add", network.bridge, "type", "bridge"]);
  await ran("ip", ["addr", "add", `${network.range}.0.1/24`, "dev", network.bridge]);
  await ran("ip", ["link", "set", network.bridge, "up"]);
  for (const rule of rulesOf(network)) await systemProcesses.run("iptables", ["-w", ...rule("-I")]);
  return network;
}

/** Lets its containers reach one another and the outside, also past the DROP of another daemon. */
function rulesOf({ range }: Network): ((verb: "-I" | "-D") => string[])[] {
  const all = `${range}.0.0/16`;
  return [
    (verb) => [verb, "FORWARD", "-s", all, "-j", "ACCEPT"],
    (verb) => [verb, "FORWARD", "-d", all, "-j", "ACCEPT"],
    (verb) => ["-t", "nat", verb, "POSTROUTING", "-s", all, "!", "-d", all, "-j", "MASQUERADE"],
  ];
}

async function removeNetwork(network: Network): Promise<void> {
  for (const rule of rulesOf(network)) await systemProcesses.run("iptables", ["-w", ...rule("-D")]);
  await systemProcesses.run("ip", ["link", "delete", network.bridge]);
}

async function ran(command: string, args: readonly string[]): Promise<Finished> {
  const finished = await systemProcesses.run(command, args);
  if (finished.code === 0) return finished;
  throw new Error(`${command} ${args.join(" ")} failed: ${finished.missing ? "not installed" : finished.output}`);
}

async function untilAnswers(socket: string, ended: Promise<Finished>, output: readonly string[]): Promise<void> {
  let over = false;
  void ended.then(() => {
    over = true;
  });
  const late = () => `dockerd did not start:\n${output.slice(-20).join("\n")}`;
  const answers = async () => {
    if (over) throw new Error(late());
    return call(socket, "GET", "/_ping").then(
      () => true,
      () => false,
    );
  };
  await eventually(answers, Boolean, { withinMs: STARTS_WITHIN_MS, late });
}

/** Containers first, so that the daemon's end waits for no grace; networks, because their bridges outlive it. */
async function removeAll(socket: string): Promise<void> {
  const containers = (await call(socket, "GET", "/containers/json?all=1")) as { Id: string }[];
  await Promise.all(containers.map(({ Id }) => call(socket, "DELETE", `/containers/${Id}?force=1&v=1`)));
  const networks = (await call(socket, "GET", "/networks")) as { Id: string; Name: string }[];
  const own = networks.filter(({ Name }) => !["bridge", "host", "none"].includes(Name));
  await Promise.all(own.map(({ Id }) => call(socket, "DELETE", `/networks/${Id}`)));
}

/** One request, apart from the client that is tested. Whatever status it has, its body. */
function call(socketPath: string, method: string, path: string): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const asked = request({ socketPath, method, path }, (answer) => {
      let body = "";
      answer.setEncoding("utf8");
      answer.on("data", (piece: string) => {
        body += piece;
      });
      answer.on("end", () => resolve(body.startsWith("[") || body.startsWith("{") ? JSON.parse(body) : body));
    });
    asked.on("error", reject);
    asked.end();
  });
}

const pidIn = async (folder: string): Promise<number> => Number(await readFile(join(folder, "pid"), "utf8"));

async function cleanUp(folder: string, network: Network): Promise<void> {
  const mounts = (await readFile("/proc/mounts", "utf8")).split("\n").map((line) => line.split(" ")[1] ?? "");
  for (const mount of mounts.filter((path) => path.startsWith(`${folder}/`)).reverse()) {
    await systemProcesses.run("umount", ["-l", mount]);
  }
  await removeNetwork(network);
  await rm(folder, { recursive: true, force: true });
}

/** What a run that was killed left: its daemon is ended, if it is still the one that its files name. */
async function sweepAbandoned(): Promise<void> {
  for (const name of await readdir(tmpdir())) {
    const folder = join(tmpdir(), name);
    if (!name.startsWith(PREFIX) || (await isAlive(await numberIn(join(folder, "owner"))))) continue;
    const pid = await numberIn(join(folder, "pid"));
    const commandLine = await readFile(`/proc/${pid}/cmdline`, "utf8").catch(() => "");
    if (commandLine.includes(folder)) {
      await removeAll(join(folder, "d.sock")).catch(() => {});
      process.kill(pid, "SIGTERM");
      await eventually(
        () => isAlive(pid),
        (alive) => !alive,
        { withinMs: STOPS_WITHIN_MS },
      );
    }
    const network = await readFile(join(folder, "network"), "utf8").catch(() => undefined);
    if (network !== undefined) await cleanUp(folder, JSON.parse(network) as Network);
  }
}

const numberIn = async (file: string): Promise<number> => Number(await readFile(file, "utf8").catch(() => "0"));

async function isAlive(pid: number): Promise<boolean> {
  return (
    pid > 0 &&
    (await readFile(`/proc/${pid}/stat`, "utf8").then(
      (stat) => !/\) Z /.test(stat),
      () => false,
    ))
  );
}
