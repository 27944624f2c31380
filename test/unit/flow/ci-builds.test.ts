import { join } from "node:path";
import { beforeEach, describe, expect, onTestFinished, test } from "vitest";
import { openStore } from "../../../src/artifact/store.ts";
import { askCi } from "../../../src/flow/ci-builds.ts";
import { Downloads } from "../../../src/flow/downloads.ts";
import type { Machine } from "../../../src/flow/machine.ts";
import { systemClock } from "../../../src/host/clock.ts";
import { systemProcesses } from "../../../src/host/process.ts";
import { plainArtifacts } from "../../../src/model/artifact-source.ts";
import { serviceName } from "../../../src/model/names.ts";
import type { Profile, Service } from "../../../src/model/profile.ts";
import { Redactor } from "../../../src/model/secret.ts";
import { says } from "../../harness/http-server.ts";
import { type JenkinsServer, startJenkins } from "../../harness/jenkins-server.ts";
import { fill, HERE, temporaryFolder } from "../artifact/folders.ts";
import { goService } from "../artifact/service.ts";
import { profile as profileOf, service } from "../plan/samples.ts";

let jenkins: JenkinsServer;
let folder: string;
beforeEach(async () => {
  folder = await temporaryFolder();
  jenkins = await startJenkins();
  onTestFinished(() => jenkins.close());
});

const machine = (signal = new AbortController().signal): Machine => {
  const folders = { cache: join(folder, "cache") };
  const parts = { folders, environment: {}, secrets: new Redactor(), signal, clock: systemClock };
  const home = { machine: { home: folder } as Machine["machine"], processes: systemProcesses };
  return { ...parts, ...home, store: openStore(folders.cache) } as Partial<Machine> as Machine;
};

const built = (name: string, more: Partial<Service> = {}) =>
  goService(join(folder, name), ".", { name: serviceName(name), ...more });

/** Each with a job of its own. */
const shop = (services: readonly Service[], jobs = 2): Profile =>
  profileOf(services, {
    workspace: folder,
    artifacts: {
      ...plainArtifacts({ kind: "jenkins", url: jenkins.job("{service}"), build: "lastSuccessfulBuild" }),
      paths: { code: "{service}", config: undefined, setup: undefined },
      policy: "exists",
      jobs,
    },
  });

const newest = (profile: Profile) => new Map(profile.services.map(({ name }) => [name, { is: "newest" as const }]));
const has = (name: string, content = name) =>
  jenkins.has(jenkins.job(name), { number: 7, artifacts: { [name]: content } });
const [books, authors, postgres] = ["books", "authors", "postgres"].map(serviceName) as [never, never, never];

describe("asking CI", () => {
  test("costs one request a service, and none for one whose image is all that it runs", async () => {
    for (const name of ["books", "authors"]) has(name);
    const profile = shop([built("books"), built("authors"), service("postgres")]);
    const { builds, silent } = await askCi(profile, newest(profile), machine());
    expect([...builds.keys()]).toEqual(["books", "authors"]);
    expect(builds.get(books)?.[0]?.name).toBe("ci:7");
    expect([builds.has(postgres), silent.size]).toEqual([false, 0]);
    expect(jenkins.server.requests).toHaveLength(2);
  });

  test("has one job's trouble take only that job's service away", async () => {
    has("books");
    const profile = shop([built("books"), built("authors")]);
    const { builds, silent } = await askCi(profile, newest(profile), machine());
    expect(builds.get(books)?.[0]?.name).toBe("ci:7");
    expect(silent.get(authors)?.message).toContain(`no such job or build: ${jenkins.job("authors")}`);
    const pinned = new Map([[authors, { is: "numbered" as const, number: "6" }]]);
    expect(await askCi(profile, pinned, machine())).toEqual({ builds: new Map([[authors, []]]), silent: new Map() });
  });

  test("says once why nobody reaches a server", async () => {
    await jenkins.close();
    const profile = shop([built("books"), built("authors")]);
    const { builds, silent } = await askCi(profile, newest(profile), machine());
    expect(builds.size).toBe(0);
    expect(silent.get(books)?.message).toContain("cannot be asked");
    expect(silent.get(authors)).toBe(silent.get(books));
  });

  test("tells what a server makes it wait for", async () => {
    jenkins.server.route("/", says(503, { headers: { "Retry-After": "30" } }));
    const [profile, enough, told] = [shop([built("books")]), new AbortController(), [] as string[]];
    const note = (words: string) => {
      told.push(words);
      enough.abort(new Error("enough"));
    };
    await expect(askCi(profile, newest(profile), machine(enough.signal), note)).rejects.toThrow("enough");
    expect(told).toEqual([`${new URL(jenkins.job("books")).host}: 503 Service Unavailable; asked again in 30 s`]);
  });

  test("is ended by an interruption, which is no answer", async () => {
    const ending = new AbortController();
    jenkins.server.route("/", () => ending.abort(new Error("enough")));
    const profile = shop([built("books")]);
    await expect(askCi(profile, newest(profile), machine(ending.signal))).rejects.toThrow("enough");
  });

  test("asks the source that a service names for itself", async () => {
    const manifest = { version: 1, build: 9, createdAt: "2026-11-21T12:00:00Z", services: {} };
    const artifact = { ...HERE, kind: "file", path: "books", sha256: "a".repeat(64), size: 1 };
    const entry = { commit: "c".repeat(40), artifacts: [artifact] };
    const services = { books: entry, stranger: entry };
    await fill(join(folder, "ci"), { "manifest.json": JSON.stringify({ ...manifest, services }) });
    has("authors");
    const ci = plainArtifacts({ kind: "file", folder: join(folder, "ci") });
    const profile = shop([built("books", { ci }), built("authors")]);
    const { builds, silent } = await askCi(profile, newest(profile), machine());
    expect([...builds.keys()].sort()).toEqual(["authors", "books", "stranger"]);
    expect(silent.size).toBe(0);
    expect(builds.get(books)?.[0]?.name).toBe("ci:9");
    expect(builds.get(authors)?.[0]?.name).toBe("ci:7");
    expect(jenkins.server.requests).toHaveLength(1);
  });
});

describe("downloads", () => {
  test("are as many at once as the source's jobs, and each is told of while it comes", async () => {
    const names = ["a", "b", "c", "d", "e"];
    for (const name of names) has(name, name.repeat(100_000));
    const profile = shop(names.map((name) => built(name)));
    const on = machine();
    const { builds } = await askCi(profile, newest(profile), on);
    const downloads = new Downloads(profile, on);
    let [open, most] = [0, 0];
    const told = new Map<string, number>();
    const fetchOne = async (one: Service) => {
      const content = builds.get(one.name)?.[0]?.artifacts[0]?.content;
      if (content === undefined) throw new Error(`no build of ${one.name}`);
      const counted: typeof content = {
        ...content,
        async open(...request) {
          most = Math.max(most, ++open);
          const opened = await content.open(...request);
          opened.stream.once("close", () => open--);
          return opened;
        },
      };
      const onProgress = (done: number) => void told.set(one.name, done);
      return downloads.fetch(one, counted, { signal: on.signal, onProgress });
    };
    const digests = await Promise.all(profile.services.map(fetchOne));
    expect(new Set(digests).size).toBe(5);
    expect(most).toBe(2);
    expect([...told.values()]).toEqual(names.map(() => 100_000));
  });
});
