import { writeFileSync } from "node:fs";
import { cp, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connect } from "../../src/docker/connect.ts";
import { systemProcesses } from "../../src/host/process.ts";
import { clusterName } from "../../src/model/names.ts";
import type { StageTimes } from "../../src/model/stage-times.ts";
import { ofType, type RunningDevenv, startWatch } from "../harness/devenv.ts";
import { makeWorkspace, type ServiceRecipe, type TestWorkspace } from "../harness/workspace.ts";
import { answersUntil, nowMs, type Place } from "./answers.ts";
import { succeed } from "./brought-up.ts";
import { timed } from "./figure.ts";
import { type TimedGo, timedGo } from "./timed-go.ts";

/** One save, in milliseconds. */
export interface SaveRound {
  /** From the end of the save to the first answer of the new code. */
  readonly total: number;
  /** Of that, `go build` alone. */
  readonly compiler: number;
  /** From the last answer of the old code to the first of the new. */
  readonly gap: number;
  /** What devenv says of its stages. */
  readonly times: StageTimes;
}

/** Saves of a service of a running cluster, and what the same takes without devenv. */
export interface SaveBench {
  save(text: string): Promise<SaveRound>;
  /** A save of what ends by itself at its start: from that end to the first answer of what ran before. */
  saveCrashing(text: string): Promise<number>;
  /** Of a save's total, the cost of timing its compiler. */
  readonly timingMs: number;
  /** `go build` of the same edit with the same flags, in a folder of its own. */
  bareBuild(text: string): Promise<number>;
  close(): Promise<void>;
}

const SERVICE = "books";
/** Short, as nothing is to be waited for here: each round begins when the one before has settled, and Go is idle. */
const PROFILE = "      ready: { http: /healthz, port: 8080, within: 5s }\n      settle: 50ms";

/** The service that is saved. */
export const SAVED: ServiceRecipe = { name: SERVICE, devenv: PROFILE };

/** In a cluster of its own, on a daemon of this machine. */
export async function openSaveBench(dockerHost: string): Promise<SaveBench> {
  const workspace = await makeWorkspace([SAVED], dockerHost);
  await succeed(workspace, "up");
  const bench = await openSaveBenchIn(workspace, await containerPlace(workspace, dockerHost));
  return { ...bench, close: () => bench.close().then(workspace.remove) };
}

/** In a workspace that has the service `SAVED` and is up. Closing it leaves that. */
export async function openSaveBenchIn(workspace: TestWorkspace, place: Place): Promise<SaveBench> {
  const own = await mkdtemp(join(tmpdir(), "devenv-bench-"));
  const bare = join(own, "bare");
  await cp(join(workspace.folder, "repos", SERVICE), bare, { recursive: true });
  const source = await readFile(workspace.source(SERVICE), "utf8");
  const go = await timedGo(join(own, "timed-go"));
  const env = { ...workspace.env, PATH: `${go.folder}:${process.env.PATH}` };
  const watch = await startWatch({ ...workspace, env });
  const file = workspace.source(SERVICE);
  return {
    timingMs: go.ownMs,
    async save(text) {
      await go.idle();
      return save(file, saying(source, text), text, { place, watch, go });
    },
    async saveCrashing(text) {
      await go.idle();
      return saveCrashing(file, crashing(source, text), { place, watch });
    },
    async bareBuild(text) {
      await go.idle();
      return bareBuild(bare, saying(source, text));
    },
    async close() {
      await watch.interrupt();
      await rm(own, { recursive: true, force: true });
    },
  };
}

/** The address of the service's container, where this machine reaches it. */
export async function containerPlace({ cluster }: TestWorkspace, dockerHost: string): Promise<Place> {
  const daemon = connect({ kind: "unix", path: dockerHost.slice("unix://".length) });
  const [container] = (await daemon.observe(clusterName(cluster))).containers;
  daemon.close();
  if (container?.address === undefined) throw new Error("the container has no address");
  return { host: container.address, port: 8080 };
}

interface Watched {
  readonly place: Place;
  readonly watch: RunningDevenv;
}

async function save(
  file: string,
  source: string,
  text: string,
  { place, watch, go }: Watched & { readonly go: TimedGo },
): Promise<SaveRound> {
  const since = watch.events.length;
  writeFileSync(file, source);
  const savedAt = nowMs();
  const built = watch.until(ofType("built"), since);
  const answers = await answersUntil(place, built, (answer) => answer.text === text);
  const [first, last] = [answers.at(-1), answers.at(-2)];
  const { times } = await watch.until(ofType("committed"), since);
  await watch.until(ofType("settled"), since);
  if (first === undefined || last === undefined) throw new Error("the old code did not answer to the end");
  const compiler = await go.newest();
  return { total: first.answeredAt - savedAt, compiler, gap: first.answeredAt - last.answeredAt, times };
}

async function saveCrashing(file: string, source: string, { place, watch }: Watched): Promise<number> {
  const since = watch.events.length;
  writeFileSync(file, source);
  const built = watch.until(ofType("built"), since);
  const crashed = watch.until(ofType("notReady"), since).then(({ failure }) => {
    const [, nanoseconds] = /^ends at (\d+)$/m.exec(failure.output ?? "") ?? [];
    if (nanoseconds === undefined) throw new Error(`it did not say when it ends: ${failure.message} ${failure.output}`);
    return Number(nanoseconds) / 1e6;
  });
  let crashedAt = Number.POSITIVE_INFINITY;
  void crashed.then((at) => {
    crashedAt = at;
  });
  const answers = await answersUntil(place, built, ({ askedAt }) => askedAt > crashedAt);
  await watch.until(ofType("rolledBack"), since);
  const first = answers.find(({ askedAt }) => askedAt > crashedAt);
  if (first === undefined) throw new Error("the old code did not come back");
  return first.answeredAt - crashedAt;
}

/** The source of a program that answers this text. */
const saying = (source: string, text: string): string =>
  source.replace(/var version = ".*"/, `var version = ${JSON.stringify(text)}`);

/** The source of one that ends before it does anything, and says when. */
const crashing = (source: string, text: string): string =>
  saying(source, text)
    .replace('"syscall"', '"syscall"\n\t"time"')
    .replace(
      "func main() {",
      'func main() {\n\tfmt.Fprintln(os.Stderr, "ends at", time.Now().UnixNano())\n\tos.Exit(3)',
    );

/** As devenv builds: see go-build.ts. */
const FLAGS = ["-buildvcs=false", "-ldflags=-s -w"];
const ENVIRONMENT = { CGO_ENABLED: "0", GOGC: "off", GOMEMLIMIT: "1GiB" };

async function bareBuild(folder: string, source: string): Promise<number> {
  await writeFile(join(folder, "cmd", SERVICE, "main.go"), source);
  return timed(async () => {
    const args = ["build", "-o", "out", ...FLAGS, `./cmd/${SERVICE}`];
    const { code, output } = await systemProcesses.run("go", args, { cwd: folder, env: ENVIRONMENT });
    if (code !== 0) throw new Error(output);
  });
}
