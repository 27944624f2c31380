import { readFile } from "node:fs/promises";
import { request } from "node:http";
import { type Finished, type RunOptions, systemProcesses } from "../../src/host/process.ts";
import type { ClusterStatus, ServiceStatus } from "../../src/model/status.ts";
import { eventually } from "./eventually.ts";
import { CLI, type TestWorkspace } from "./workspace.ts";

/** What `docker inspect` says of a container, as far as the scenarios look. */
export interface Inspected {
  readonly Id: string;
  readonly Name: string;
  readonly Image: string;
  readonly State: {
    readonly Status: string;
    readonly StartedAt: string;
    readonly FinishedAt: string;
    readonly Pid: number;
    readonly Health?: { readonly Log: readonly { readonly End: string; readonly ExitCode: number }[] };
  };
  readonly NetworkSettings: { readonly Networks: Readonly<Record<string, { readonly IPAddress: string }>> };
  readonly HostConfig: {
    readonly PortBindings: Readonly<Record<string, readonly { HostIp: string; HostPort: string }[]>> | null;
  };
}

/** A workspace's cluster seen past devenv: through Docker's own client, and by asking its services. */
export interface ClusterView {
  /** Runs Docker's client on the cluster's daemon; its words, or an error with them. */
  docker(...args: string[]): Promise<string>;
  /** Undefined when there is no such container. */
  container(service: string): Promise<Inspected | undefined>;
  /** All containers of the cluster by name, in order. */
  containers(): Promise<string[]>;
  /** Id and start of every container: what stays as it is when nothing was done to it. */
  identities(): Promise<Record<string, string>>;
  /** What a service answers on its :8080; undefined when it does not. */
  answer(service: string, path?: string): Promise<string | undefined>;
  /** Resolves when a service answers this: what is started again and not waited for, as what was put back, may take a moment. */
  untilAnswers(service: string, answer: string): Promise<void>;
  /** What `devenv status --json` says. */
  status(): Promise<ClusterStatus>;
  statusOf(service: string): Promise<ServiceStatus>;
  /** The same as soon as the service is ready. */
  readyStatusOf(service: string): Promise<ServiceStatus>;
  /** Runs devenv to its end with other surroundings. */
  runWith(options: RunOptions, ...args: string[]): Promise<Finished>;
  /** Replaces a text of the profile, which must be in it. */
  editProfile(from: string | RegExp, to: string): Promise<void>;
}

export function viewOf(workspace: TestWorkspace): ClusterView {
  const docker = (...args: string[]) => runDocker(workspace, args);
  const label = `label=dev.devenv.cluster=${workspace.cluster}`;
  const container = async (service: string) => {
    const { code, stdout } = await dockerClient(workspace, ["inspect", `${workspace.cluster}-${service}-1`]);
    return code === 0 ? (JSON.parse(stdout) as Inspected[])[0] : undefined;
  };
  const answer = async (service: string, path = "/") => {
    const [network] = Object.values((await container(service))?.NetworkSettings.Networks ?? {});
    return network?.IPAddress ? get(network.IPAddress, 8080, path) : undefined;
  };
  const status = async () => JSON.parse((await workspace.run("status", "--json")).stdout) as ClusterStatus;
  const statusOf = async (name: string) => {
    const found = (await status()).services.find((service) => service.name === name);
    if (found === undefined) throw new Error(`status does not tell of ${name}`);
    return found;
  };
  return {
    docker,
    container,
    status,
    containers: async () =>
      (await docker("ps", "-a", "--filter", label, "--format", "{{.Names}}")).split("\n").filter(Boolean).sort(),
    async identities() {
      const ids = (await docker("ps", "-aq", "--filter", label)).split("\n").filter(Boolean);
      const all = ids.length === 0 ? [] : (JSON.parse(await docker("inspect", ...ids)) as Inspected[]);
      const named = all.map(({ Id, Name, State }) => [Name.slice(1), `${Id} ${State.StartedAt}`] as const);
      return Object.fromEntries(named.sort(([a], [b]) => (a < b ? -1 : 1)));
    },
    answer,
    async untilAnswers(service, wanted) {
      await eventually(
        () => answer(service),
        (text) => text === wanted,
      );
    },
    statusOf,
    readyStatusOf: (name) =>
      eventually(
        () => statusOf(name),
        ({ ready }) => ready,
      ),
    runWith: (options, ...args) =>
      systemProcesses.run(process.execPath, [CLI, ...args], {
        cwd: workspace.folder,
        timeoutMs: 110_000,
        ...options,
        env: { ...workspace.env, ...options.env },
      }),
    async editProfile(from, to) {
      const before = await readFile(workspace.profile, "utf8");
      const after = before.replace(from, to);
      if (after === before) throw new Error(`the profile has no ${from}`);
      await workspace.replace(workspace.profile, after);
    },
  };
}

const dockerClient = (workspace: TestWorkspace, args: readonly string[]) =>
  systemProcesses.run("docker", args, { env: { DOCKER_HOST: workspace.env.DOCKER_HOST ?? "" } });

async function runDocker(workspace: TestWorkspace, args: readonly string[]): Promise<string> {
  const { code, stdout, output } = await dockerClient(workspace, args);
  if (code !== 0) throw new Error(`docker ${args.join(" ")}: ${output}`);
  return stdout.trimEnd();
}

/** For who takes a connection and says nothing: longer than a busy machine stands still. */
const ANSWERS_WITHIN_MS = 10_000;

/**
 * The body of an answer with 200; undefined for any other, and for none. Not by `fetch`, which never ends where a
 * published port takes a connection, and closes it because nobody listens behind it yet.
 */
export function get(host: string, port: number, path = "/"): Promise<string | undefined> {
  return new Promise((resolve) => {
    const asked = request({ host, port, path, timeout: ANSWERS_WITHIN_MS, agent: false }, (answer) => {
      let body = "";
      answer.setEncoding("utf8");
      answer.on("data", (piece: string) => {
        body += piece;
      });
      answer.on("end", () => resolve(answer.statusCode === 200 ? body : undefined));
    });
    asked.on("timeout", () => asked.destroy());
    asked.on("error", () => resolve(undefined));
    asked.end();
  });
}

/** A devenv that runs on, read by its lines. */
export interface Begun {
  /**
   * Resolves with the first line, also one that came before, that matches; with `after`, the first behind a line that
   * matches this one. Rejects when devenv ends without it.
   */
  until(line: RegExp, after?: RegExp): Promise<string>;
  /** How it ended. */
  readonly ended: Promise<Finished>;
  /** Sends a signal to devenv alone, and resolves when it has ended. */
  end(signal: NodeJS.Signals): Promise<Finished>;
}

/** Starts devenv in a workspace and lets it run. */
export function begin(workspace: TestWorkspace, args: readonly string[], env: Record<string, string> = {}): Begun {
  const lines: string[] = [];
  const looks = new Set<() => void>();
  const ended = systemProcesses.run("sh", ["-c", 'echo "pid $$"; exec "$@"', "sh", process.execPath, CLI, ...args], {
    cwd: workspace.folder,
    env: { ...workspace.env, ...env },
    timeoutMs: 110_000,
    onLine(line) {
      lines.push(line);
      for (const look of looks) look();
    },
  });
  const until = (wanted: RegExp, after?: RegExp) =>
    new Promise<string>((resolve, reject) => {
      const look = () => {
        const from = after === undefined ? 0 : lines.findIndex((line) => after.test(line)) + 1;
        const found =
          after !== undefined && from === 0 ? undefined : lines.slice(from).find((line) => wanted.test(line));
        if (found === undefined) return;
        looks.delete(look);
        resolve(found);
      };
      looks.add(look);
      look();
      void ended.then(({ output }) => reject(new Error(`devenv ended and never said ${wanted}:\n${output}`)));
    });
  return {
    until,
    ended,
    async end(signal) {
      process.kill(Number((await until(/^pid \d+$/)).slice(4)), signal);
      return ended;
    },
  };
}
