import { createHash } from "node:crypto";
import { file, type HttpServer, json, startHttpServer } from "../harness/http-server.ts";
import { startJenkins } from "../harness/jenkins-server.ts";
import { elfHead, fetchWorkspace, manifestOf } from "./ci-files.ts";
import { type Bench, type Figure, median, timed } from "./figure.ts";

const SERVICES = 60;
const LATENCY_MS = 20;
const ROUNDS = 7;

const names = Array.from({ length: SERVICES }, (_, index) => `service${index + 1}`);

/** `devenv fetch` where CI has nothing new, from a server that takes its time for each answer. */
export const fetchUnchanged: Bench = {
  names: ["fetch-unchanged-60", "fetch-unchanged-60-requests", "fetch-unchanged-60-jenkins"],
  async measure(dockerHost, progress) {
    progress("a manifest");
    const manifest = await unchanged(await manifestServer(), dockerHost);
    progress("Jenkins");
    const jenkins = await unchanged(await jenkinsServer(), dockerHost);
    const how = (source: string) =>
      `devenv fetch of ${SERVICES} services with nothing new, whole process, ${source}, ${LATENCY_MS} ms to each answer, p50 of ${ROUNDS}`;
    return [
      { name: "fetch-unchanged-60", value: manifest.ms, unit: "ms", target: 1000, how: how("https: with a manifest") },
      {
        name: "fetch-unchanged-60-requests",
        value: Math.max(manifest.requests, jenkins.requests),
        unit: "requests",
        target: SERVICES,
        how: `of the same: https: ${manifest.requests}, jenkins: ${jenkins.requests}`,
      },
      {
        name: "fetch-unchanged-60-jenkins",
        value: jenkins.ms,
        unit: "ms",
        target: 1000,
        how: how("a Jenkins job each"),
      },
    ] satisfies Figure[];
  },
};

interface Ci {
  readonly server: HttpServer;
  /** The words of `x-devenv.artifacts`. */
  readonly artifacts: string;
}

async function unchanged({ server, artifacts }: Ci, dockerHost: string): Promise<{ ms: number; requests: number }> {
  const workspace = await fetchWorkspace(names, artifacts, dockerHost);
  try {
    await workspace.run({}, "fetch"); // after this one, there is nothing new
    const before = server.requests.length;
    const samples: number[] = [];
    for (let round = 0; round < ROUNDS; round++) samples.push(await timed(() => workspace.run({}, "fetch")));
    return { ms: median(samples), requests: (server.requests.length - before) / ROUNDS };
  } finally {
    await workspace.remove();
    await server.close();
  }
}

async function manifestServer(): Promise<Ci> {
  const server = await startHttpServer({ latencyMs: LATENCY_MS });
  const files = names.map((name, index) => {
    const content = elfHead(index);
    server.route(`/ci/${name}`, file(content));
    return { name, sha256: createHash("sha256").update(content).digest("hex"), size: content.length };
  });
  server.route("/ci/manifest.json", json(manifestOf(files)));
  return { server, artifacts: `{ source: "${server.url("/ci/")}" }` };
}

async function jenkinsServer(): Promise<Ci> {
  const { has, job, server } = await startJenkins({ latencyMs: LATENCY_MS });
  for (const [index, name] of names.entries()) {
    has(job(name), { number: 124, artifacts: { "dist/program": elfHead(index) } });
  }
  return { server, artifacts: `{ source: "jenkins:${job("{service}")}", path: dist/program }` };
}
