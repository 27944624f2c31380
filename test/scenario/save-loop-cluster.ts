import { mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { get } from "node:http";
import { dirname, join } from "node:path";
import { inject } from "vitest";
import { connect } from "../../src/docker/connect.ts";
import { systemClock } from "../../src/host/clock.ts";
import type { ContainerDetail } from "../../src/model/container.ts";
import type { Event } from "../../src/model/event.ts";
import type { ServiceStatus } from "../../src/model/status.ts";
import { ofType, type RunningDevenv } from "../harness/devenv.ts";
import { makeWorkspace, type ServiceRecipe, type TestWorkspace } from "../harness/workspace.ts";

/** A workspace whose cluster is up, seen as its user and as Docker see it. */
export interface TestCluster extends TestWorkspace {
  /** What GET on a path of a service gives now; rejects when nobody answers. */
  answer(service: string, path?: string): Promise<string>;
  container(service: string): Promise<ContainerDetail>;
  status(service: string): Promise<ServiceStatus>;
  /** Replaces a service's main.go, whole: a half-written file, which a busy machine may compile, is another test's subject. */
  save(service: string, text: string): Promise<void>;
  /** Replaces another file of a service's repository, or makes it with its folder. */
  write(service: string, path: string, text: string): Promise<void>;
  /**
   * Asks a service over and over until `stop`.
   * @param patienceMs of each question; short where an address may be nobody's, as between two containers
   */
  poll(service: string, patienceMs?: number): Promise<Poll>;
}

export interface Poll {
  /** Answers so far, those that failed as undefined. */
  readonly answers: readonly (string | undefined)[];
  /** The longest time between two answers that came, milliseconds. */
  stop(): Promise<{ readonly failures: number; readonly longestGapMs: number }>;
}

export const dockerHost = () => `unix://${inject("dockerSocket")}`;

export const clusterOf = (...recipes: readonly ServiceRecipe[]): Promise<TestCluster> =>
  clusterOn(inject("dockerSocket"), ...recipes);

/** The same on the daemon of a socket. */
export const clusterOn = (socket: string, ...recipes: readonly ServiceRecipe[]): Promise<TestCluster> =>
  clusterWith({ socket }, ...recipes);

interface ClusterWish {
  readonly socket: string;
  /** More lines of the profile's x-devenv, indented by two. */
  readonly extension?: string;
}

export async function clusterWith(
  { socket, extension = "" }: ClusterWish,
  ...recipes: readonly ServiceRecipe[]
): Promise<TestCluster> {
  const workspace = await makeWorkspace(recipes, `unix://${socket}`, extension);
  const daemon = connect({ kind: "unix", path: socket });
  const up = await workspace.run("up");
  if (up.code !== 0) throw new Error(`the cluster does not come up:\n${up.output}`);
  const container = (service: string) => daemon.inspect(`${workspace.cluster}-${service}-1`);
  const urlOf = async (service: string, path: string) => `http://${(await container(service)).address}:8080${path}`;
  const write = async (service: string, path: string, text: string) => {
    const file = join(workspace.folder, "repos", service, path);
    await mkdir(dirname(file), { recursive: true });
    await workspace.replace(file, text);
  };
  return {
    ...workspace,
    container,
    write,
    answer: async (service, path = "/") => ask(await urlOf(service, path)),
    async status(service) {
      const { stdout } = await workspace.run("status", "--json");
      const rows = (JSON.parse(stdout) as { services: ServiceStatus[] }).services;
      const row = rows.find(({ name }) => name === service);
      if (row === undefined) throw new Error(`no ${service} in ${stdout}`);
      return row;
    },
    save: (service, text) => workspace.replace(workspace.source(service), text),
    poll: async (service, patienceMs) => poll(await urlOf(service, "/"), patienceMs),
    async remove() {
      daemon.close();
      await workspace.remove();
      await rm(workspace.folder, { recursive: true, force: true });
    },
  };
}

/** Longer than a busy machine stands still: who does not answer by then does not at all. */
const PATIENCE_MS = 10_000;

/**
 * One GET on a connection of its own; only a 200 counts as an answer.
 * @param patienceMs short for one who asks again: to an address that nobody has, a first packet is repeated after 1 s
 */
function ask(url: string, patienceMs = PATIENCE_MS): Promise<string> {
  return new Promise((resolve, reject) => {
    const asked = get(url, { agent: false, timeout: patienceMs }, (response) => {
      let text = "";
      response.setEncoding("utf8");
      response.on("data", (chunk: string) => {
        text += chunk;
      });
      response.on("end", () => (response.statusCode === 200 ? resolve(text) : reject(new Error(text))));
      response.on("error", reject);
    });
    asked.on("timeout", () => asked.destroy(new Error(`${url} took a connection and did not answer`)));
    asked.on("error", reject);
  });
}

function poll(url: string, patienceMs?: number): Poll {
  const answers: (string | undefined)[] = [];
  let isOver = false;
  let longestGapMs = 0;
  let last = performance.now();
  const asking = (async () => {
    while (!isOver) {
      const text = await ask(url, patienceMs).catch(() => undefined);
      answers.push(text);
      const now = performance.now();
      if (text !== undefined) {
        longestGapMs = Math.max(longestGapMs, now - last);
        last = now;
      }
      // Nothing is waited for: it keeps one that refuses at once from being asked without end.
      await systemClock.sleep(2);
    }
  })();
  return {
    answers,
    async stop() {
      isOver = true;
      await asking;
      const end = performance.now();
      return {
        failures: answers.filter((text) => text === undefined).length,
        longestGapMs: Math.max(longestGapMs, end - last),
      };
    },
  };
}

/** Saves a version and waits until its swap is committed. */
export async function commitVersion(cluster: TestCluster, devenv: RunningDevenv, service: string, version: string) {
  const since = devenv.events.length;
  await cluster.save(service, goProgram(version));
  return devenv.until(ofType("committed"), since);
}

export const ofService =
  <T extends Event["type"]>(service: string, ...types: T[]) =>
  (event: Event): event is Extract<Event, { type: T }> =>
    ofType(...types)(event) && "service" in event && event.service === service;

export interface GoParts {
  /** More imports of main.go. */
  readonly imports?: readonly string[];
  /** Statements before it listens. */
  readonly first?: string;
  /** Statements once it listens. */
  readonly listening?: string;
  /** What it answers on /healthz. */
  readonly health?: string;
  /** Declarations. */
  readonly more?: string;
}

/** A main.go that answers a version on :8080, as small as can be; misbehaving in the parts that are given. */
export function goProgram(version: string, parts: GoParts = {}): string {
  const imports = ["fmt", "net", "net/http", ...(parts.imports ?? [])]
    .map((name) => `\t${JSON.stringify(name)}`)
    .join("\n");
  return `package main

import (
${imports}
)

var version = ${JSON.stringify(version)}

func main() {
	${parts.first ?? ""}
	http.HandleFunc("/healthz", func(w http.ResponseWriter, _ *http.Request) { ${parts.health ?? 'fmt.Fprintln(w, "ok")'} })
	http.HandleFunc("/file", func(w http.ResponseWriter, r *http.Request) { http.ServeFile(w, r, r.URL.Query().Get("path")) })
	http.HandleFunc("/", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, version) })
	listener, err := net.Listen("tcp", ":8080")
	if err != nil {
		panic(err)
	}
	${parts.listening ?? ""}
	panic(http.Serve(listener, nil))
}

${parts.more ?? ""}
`;
}

/** A line of a service's entry, for programs that are held. */
export const GATE = '    volumes: ["./gate:/gate"]';

/** A program that does not listen while its gate is closed. */
export const HELD: GoParts = {
  imports: ["os", "time"],
  first: `for _, err := os.Stat("/gate/open"); err != nil; _, err = os.Stat("/gate/open") {
		time.Sleep(5 * time.Millisecond)
	}`,
};

const gateOf = (cluster: TestWorkspace) => join(dirname(cluster.profile), "gate/open");
export const openGate = (cluster: TestWorkspace): Promise<void> => writeFile(gateOf(cluster), "");
export const closeGate = (cluster: TestWorkspace): Promise<void> => rm(gateOf(cluster), { force: true });

/** The text of a file of a service's repository. */
export const read = (cluster: TestWorkspace, service: string, path: string): Promise<string> =>
  readFile(join(cluster.folder, "repos", service, path), "utf8");

/** Processes that work on this workspace and are not devenv: go, its compiler and its linker. */
export async function goProcessesOf(cluster: TestWorkspace): Promise<string[]> {
  const pids = (await readdir("/proc")).filter((name) => /^\d+$/.test(name));
  const found = await Promise.all(
    pids.map(async (pid) => {
      const command = await readFile(join("/proc", pid, "cmdline"), "utf8").catch(() => "");
      const isTool = /^(\S*\/)?(go|compile|link|asm)\0/.test(command);
      return isTool && command.includes(cluster.folder) ? [pid] : [];
    }),
  );
  return found.flat();
}
