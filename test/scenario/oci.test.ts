import { createHash, randomBytes } from "node:crypto";
import { mkdtemp, readdir, readFile, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { fetchContent } from "../../src/artifact/fetch-content.ts";
import { removeTree } from "../../src/artifact/incoming.ts";
import { openSource } from "../../src/artifact/open-source.ts";
import type { CiBuild, Content, WantedBuild } from "../../src/artifact/source.ts";
import type { DockerAccess } from "../../src/artifact/source-access.ts";
import { openStore } from "../../src/artifact/store.ts";
import { systemProcesses } from "../../src/host/process.ts";
import { type Artifacts, plainArtifacts } from "../../src/model/artifact-source.ts";
import { LABEL } from "../../src/model/container.ts";
import { serviceName } from "../../src/model/names.ts";
import { testDaemon } from "../harness/docker.ts";
import { type DockerRegistry, startDockerRegistry } from "../harness/docker-registry.ts";
import { basic, file, redirect, says, startHttpServer } from "../harness/http-server.ts";
import { layer, pushImage, pushIndex } from "../harness/images.ts";
import { passOn, type RegistryFront, startRegistryFront } from "../harness/registry-front.ts";
import { startTokenServer, type TokenServer } from "../harness/token-server.ts";
import { zstd } from "../unit/artifact/archives.ts";
import { tarOf } from "../unit/artifact/tars.ts";

const NEWEST: WantedBuild = { is: "newest" };
const books = serviceName("books");
const hash = (content: string | Buffer) => createHash("sha256").update(content).digest("hex");

let cache: string;
beforeEach(async () => {
  cache = await mkdtemp(join(tmpdir(), "devenv-oci-"));
});
afterEach(() => removeTree(cache));

interface Opening extends Partial<Omit<Artifacts, "paths">> {
  readonly image: string;
  readonly from?: "registry" | "daemon";
  readonly paths?: Partial<Artifacts["paths"]>;
  readonly kind?: Content["kind"];
  readonly variables?: Readonly<Record<string, string>>;
  readonly docker?: Partial<DockerAccess>;
}

/** Asks as a flow does, every time with a source that has only its cache from before. */
async function ask(
  { image, from = "registry", paths, kind = "file", variables = {}, docker, ...words }: Opening,
  wanted: WantedBuild = NEWEST,
): Promise<readonly CiBuild[]> {
  const plain = plainArtifacts({ kind: "oci", image, from });
  const all = { code: "/app/{service}", config: undefined, setup: undefined, ...paths };
  const source = await openSource(
    { ...plain, ...words, paths: all },
    {
      cacheFolder: cache,
      environment: {},
      credential: async (name) => variables[name] ?? expect.unreachable(`${name} is not set`),
      kindOf: () => kind,
      docker: {
        home: join(cache, "home"),
        processes: systemProcesses,
        hide: () => {},
        images: async () => expect.unreachable("no daemon is asked"),
        ...docker,
      },
    },
  );
  return (await source.builds(new Map([[books, wanted]]))).get(books) ?? [];
}

/** What is in the store of it then: a file's content, or the files of a tree. */
async function fetched(content: Content | undefined): Promise<string | Record<string, string>> {
  const store = openStore(cache);
  if (content === undefined) return expect.unreachable("there is no such content");
  const path = store.pathOf(await fetchContent(content, store));
  if (content.kind === "file") return readFile(path, "utf8");
  const names = await readdir(path, { recursive: true, withFileTypes: true });
  const files = names.filter((name) => name.isFile()).map((name) => join(name.parentPath, name.name));
  return Object.fromEntries(
    await Promise.all(files.map(async (each) => [each.slice(path.length + 1), await readFile(each, "utf8")])),
  );
}

const codeOf = (build: CiBuild | undefined, arch = "amd64") =>
  build?.artifacts.find(({ platform }) => platform?.arch === arch)?.content;

/** Pushes an image with one program in it, under a tag. */
const books1 = (content: string, more: Readonly<Record<string, string>> = {}) => ({
  layers: [layer({ "app/": "", "app/books": content, ...more })],
});

describe("an image in a registry", () => {
  let registry: DockerRegistry;
  let front: RegistryFront;
  let repository: string;
  beforeAll(async () => {
    registry = await startDockerRegistry();
  });
  afterAll(() => registry.stop());
  beforeEach(async () => {
    front = await startRegistryFront(registry.host);
    repository = `team/books-${randomBytes(4).toString("hex")}`;
  });
  afterEach(() => front.close());
  const to = () => ({ host: registry.host, repository });
  const image = (tag = "main") => `${front.host}/${repository}:${tag}`;

  it("gives a service's program, its config folder and its setup script, with commit and date of its build", async () => {
    const labels = {
      "org.opencontainers.image.revision": "3f9a",
      "org.opencontainers.image.created": "2026-11-20T12:00:00Z",
    };
    const files = { "app/etc/config.toml": "a = 1", "app/etc/deep/b": "b", "app/setup.sh": "#!/bin/sh" };
    const pushed = await pushImage(to(), { ...books1("program", files), labels }, "main");
    const [build, ...others] = await ask({ image: image(), paths: { config: "/app/etc", setup: "/app/setup.sh" } });
    expect(others).toEqual([]);
    expect(build).toMatchObject({
      service: "books",
      name: `ci:${pushed.digest.slice(7, 19)}`,
      commit: "3f9a",
      at: "2026-11-20T12:00:00.000Z",
      artifacts: [{ platform: { os: "linux", arch: "amd64" } }],
    });
    expect(await fetched(codeOf(build))).toBe("program");
    expect(await fetched(build?.config)).toEqual({ "config.toml": "a = 1", "deep/b": "b" });
    expect(await fetched(build?.setup)).toBe("#!/bin/sh");
  });

  it("that did not change costs one request, and its program no download", async () => {
    await pushImage(to(), books1("program"), "main");
    const [first] = await ask({ image: image() });
    await fetched(codeOf(first));
    const asked = await front.during(async () => {
      const [again] = await ask({ image: image() });
      expect(again).toMatchObject({ name: first?.name });
      expect(await fetched(codeOf(again))).toBe("program");
    });
    expect(asked).toEqual(["GET manifests/main"]);
    expect(front.requests.at(-1)?.headers["if-none-match"]).toContain("sha256:");
  });

  it("that was pushed anew is a new build, of which only the new layers are pulled, and only those that matter", async () => {
    const base = layer({ "app/": "", "lib/libc.so": randomBytes(50_000), "app/etc/a": "a" });
    await pushImage(to(), { layers: [base, layer({ "app/books": "one" })] }, "main");
    const [first] = await ask({ image: image() });
    const blobs = (asked: readonly string[]) => asked.filter((each) => each.startsWith("GET blobs/"));
    expect(blobs(await front.during(() => fetched(codeOf(first))))).toHaveLength(1); // not the base
    await pushImage(to(), { layers: [base, layer({ "app/books": "two" })] }, "main");
    const [second] = await ask({ image: image(), paths: { config: "/app/etc" } });
    expect(second?.name).not.toBe(first?.name);
    expect(blobs(await front.during(async () => expect(await fetched(codeOf(second))).toBe("two")))).toHaveLength(1);
    expect(blobs(await front.during(() => fetched(second?.config)))).toHaveLength(1);
    const [third] = await ask({ image: image(), paths: { code: "/lib/libc.so" } });
    expect(blobs(await front.during(() => fetched(codeOf(third))))).toEqual([]);
  });

  it.each(["oci", "docker"] as const)("for two architectures is offered for each (%s)", async (format) => {
    const images = ["amd64", "arm64"].map((arch) => ({ ...books1(`for ${arch}`), arch }));
    await pushIndex(to(), images, "main", format);
    const [build] = await ask({ image: image() });
    expect(build?.artifacts.map(({ platform }) => platform)).toEqual([
      { os: "linux", arch: "amd64" },
      { os: "linux", arch: "arm64" },
    ]);
    expect(await fetched(codeOf(build, "arm64"))).toBe("for arm64");
    expect(await fetched(codeOf(build, "amd64"))).toBe("for amd64");
    expect(await front.during(() => ask({ image: image() }))).toEqual(["GET manifests/main"]);
  });

  it("in Docker's format is read as well; layers are gzip, Zstandard or not compressed at all", async () => {
    const spec = {
      layers: [
        { ...layer({ "app/": "", "app/a": "plain" }), pack: (tar: Buffer) => tar },
        { ...layer({ "app/b": "zstd" }), pack: (tar: Buffer) => zstd(tar) },
        layer({ "app/c": "gzip" }),
      ],
    };
    await pushImage(to(), spec, "main", "docker");
    const [build] = await ask({ image: image(), kind: "tree", paths: { code: "app" } });
    expect(await fetched(codeOf(build))).toEqual({ a: "plain", b: "zstd", c: "gzip" });
  });

  it("is what whiteouts and opaque folders leave of it", async () => {
    const layers = [
      layer({ "app/": "", "app/a": "1", "app/gone": "1", "app/old/x": "1", "app/etc/": "", "app/etc/x": "1" }),
      layer({ "app/gone": null, "app/old": null, "app/etc/.wh..wh..opq": "", "app/etc/y": "2" }),
    ];
    await pushImage(to(), { layers }, "main");
    const [build] = await ask({ image: image(), kind: "tree", paths: { code: "/app" } });
    expect(await fetched(codeOf(build))).toEqual({ a: "1", "etc/y": "2" });
    const [gone] = await ask({ image: image(), paths: { code: "/app/gone" } });
    await expect(fetched(codeOf(gone))).rejects.toThrow(/:main, \/app\/gone: the image has no such file/);
  });

  it("may hold an archive, of which one member is meant", async () => {
    const archive = tarOf({ path: "bin/books", content: "packed", mode: 0o755 }, { path: "bin/other", content: "" });
    await pushImage(to(), { layers: [layer({ "dist.tar": archive })] }, "main");
    const [build] = await ask({ image: image(), paths: { code: "/dist.tar#bin/{service}" } });
    expect(await fetched(codeOf(build))).toBe("packed");
  });

  it("names its builds by {build}: the highest number is the newest; each and all can be asked for", async () => {
    for (const build of ["9", "10", "main"]) await pushImage(to(), books1(build), `b-${build}`);
    const at = { image: image("b-{build}") };
    expect(await fetched(codeOf((await ask(at))[0]))).toBe("10");
    const [nine] = await ask(at, { is: "numbered", number: "9" });
    expect(nine).toMatchObject({ name: "ci:9" });
    expect(await fetched(codeOf(nine))).toBe("9");
    expect((await ask(at, { is: "all" })).map(({ name }) => name)).toEqual(["ci:10", "ci:9"]);
    expect(await ask(at, { is: "numbered", number: "11" })).toEqual([]);
    expect(await ask(at, { is: "numbered", number: "../../9" })).toEqual([]);
  });

  it("stays to be had by its digest after its tag moved on, also for a colleague as long as another tag has it", async () => {
    await pushImage(to(), books1("one"), "main");
    await pushImage(to(), books1("one"), "124");
    const [first] = await ask({ image: image() });
    const number = first?.name.slice("ci:".length) ?? "";
    await pushImage(to(), books1("two"), "main");
    const pinned: WantedBuild = { is: "numbered", number };
    expect(await front.during(() => ask({ image: image() }, pinned))).toEqual([]);
    await removeTree(cache); // the colleague's
    const [found] = await ask({ image: image() }, pinned);
    expect(found?.name).toBe(first?.name);
    expect(await fetched(codeOf(found))).toBe("one");
    expect((await ask({ image: image() }, { is: "all" })).map(({ name }) => name)).toContain("ci:124");
    expect(await ask({ image: image() }, { is: "numbered", number: "0123456789ab" })).toEqual([]);
  });

  it("that is not there is no build; a registry that is not there is a Failure with its address", async () => {
    expect(await ask({ image: image("nowhere") })).toEqual([]);
    expect(await ask({ image: `${front.host}/nobody/{service}:{build}` })).toEqual([]);
    await expect(ask({ image: `127.0.0.1:1/team/books:main` })).rejects.toMatchObject({
      class: "environment",
      message: expect.stringContaining("http://127.0.0.1:1/v2/team/books/manifests/main"),
    });
  });

  it("whose layer breaks off is pulled on from there", async () => {
    const program = randomBytes(3_000_000).toString("latin1");
    await pushImage(to(), books1(program), "main");
    const [build] = await ask({ image: image() });
    let cuts = 0;
    front.meddle(async (request, answer) => {
      if (!request.url?.includes("/blobs/") || cuts++ >= 2) return false;
      await passOn(registry.host, request, answer, 1_000_000);
      return true;
    });
    expect(hash((await fetched(codeOf(build))) as string)).toBe(hash(program));
    const ranges = front.requests.filter(({ path }) => path.includes("/blobs/")).map(({ headers }) => headers.range);
    expect(ranges.slice(-2)).toEqual([
      expect.stringMatching(/^bytes=\d{6,}-$/),
      expect.stringMatching(/^bytes=\d{7}-$/),
    ]);
  });

  it("whose registry gives other bytes than the digest says is refused, and nothing of it is kept", async () => {
    await pushImage(to(), books1("program"), "main");
    const [build] = await ask({ image: image() });
    const kept = await readdir(join(cache, "oci"));
    front.meddle(async (request, answer) => {
      if (!request.url?.includes("/blobs/")) return false;
      const length = Number((await fetch(`http://${registry.host}${request.url}`)).headers.get("content-length"));
      await file(randomBytes(length))(request, answer);
      return true;
    });
    await expect(fetched(codeOf(build))).rejects.toMatchObject({
      message: expect.stringMatching(/is damaged: .*its content is sha256:/),
    });
    expect(await readdir(join(cache, "oci"))).toEqual(kept);
  });
});

describe("a registry that wants to know who asks", () => {
  const [name, password] = ["ada", "opensesame"];
  const credentials = { user: "REGISTRY_USER", token: "REGISTRY_TOKEN" };
  const variables = { REGISTRY_USER: name, REGISTRY_TOKEN: password };

  describe("by a token", () => {
    let tokens: TokenServer;
    let registry: DockerRegistry;
    let front: RegistryFront;
    beforeAll(async () => {
      tokens = await startTokenServer({ user: { name, password } });
      registry = await startDockerRegistry({ auth: tokens.auth });
      const authorization = `Bearer ${tokens.token("team/books", ["pull", "push"])}`;
      const program = randomBytes(2_000_000).toString("hex");
      await pushImage({ host: registry.host, repository: "team/books", authorization }, books1(program), "main");
    });
    beforeEach(async () => {
      front = await startRegistryFront(registry.host);
    });
    afterEach(() => front.close());
    afterAll(async () => {
      await registry.stop();
      await tokens.stop();
    });
    const image = () => `${front.host}/team/books:main`;

    it("is given one of its token server, for the profile's credentials; one is enough for all of an image", async () => {
      const before = tokens.requests.length;
      const [build] = await ask({ image: image(), credentials, variables });
      await fetched(codeOf(build));
      expect(tokens.requests.slice(before).map(({ path }) => decodeURIComponent(path))).toEqual([
        "/token?service=registry+of+a+test&scope=repository:team/books:pull",
      ]);
      expect(front.requests[0]?.headers.authorization).toBeUndefined();
    });

    it("is given one for what docker login keeps, where the profile names none; the password is hidden from then on", async () => {
      const home = join(cache, "home");
      const auths = { [front.host]: { auth: Buffer.from(`${name}:${password}`).toString("base64") } };
      await systemProcesses.run("mkdir", ["-p", join(home, ".docker")]);
      await writeFile(join(home, ".docker/config.json"), JSON.stringify({ auths }));
      const hidden: string[] = [];
      const [build] = await ask({ image: image(), docker: { hide: (secret) => hidden.push(secret) } });
      expect(codeOf(build)).toBeDefined();
      expect(hidden).toEqual([password]);
    });

    it("that is believed no more in the middle of a layer is given a new one, and the layer goes on", async () => {
      const [build] = await ask({ image: image(), credentials, variables });
      const expired = new Set<string | undefined>();
      front.meddle(async (request, answer) => {
        const { authorization } = request.headers;
        if (expired.has(authorization)) {
          const { realm, service } = tokens.auth.token as { realm: string; service: string };
          const challenge = `Bearer realm="${realm}",service="${service}",scope="repository:team/books:pull",error="invalid_token"`;
          await says(401, { headers: { "WWW-Authenticate": challenge } })(request, answer);
          return true;
        }
        if (!request.url?.includes("/blobs/") || expired.size > 0 || authorization === undefined) return false;
        expired.add(authorization);
        await passOn(registry.host, request, answer, 500_000);
        return true;
      });
      expect(await fetched(codeOf(build))).toHaveLength(4_000_000);
      expect(expired.size).toBe(1);
    });

    it("refuses who has no credentials, or wrong ones, with what to do and no word of them; no token is kept", async () => {
      const wrong = { REGISTRY_USER: name, REGISTRY_TOKEN: "hunter2hunter2" };
      for (const how of [{}, { credentials, variables: wrong }]) {
        const failure = await ask({ image: image(), ...how }).catch((thrown) => thrown);
        expect(failure).toMatchObject({
          class: "environment",
          message: expect.stringContaining("401 Unauthorized"),
          hint: expect.stringContaining(`docker login ${front.host}`),
        });
        expect(JSON.stringify([failure.message, failure.hint])).not.toContain("hunter2");
      }
      await ask({ image: image(), credentials, variables });
      const { output } = await systemProcesses.run("grep", ["-rlE", "eyJ0eXAi|opensesame", cache]);
      expect(output).toBe("");
    });

    it("is not told the token by a server that it redirects to", async () => {
      const other = await startHttpServer();
      const [build] = await ask({ image: image(), credentials, variables });
      front.meddle(async (request, answer) => {
        if (!request.url?.includes("/blobs/") || request.headers.authorization === undefined) return false;
        const { authorization } = request.headers;
        const blob = await fetch(`http://${registry.host}${request.url}`, { headers: { authorization } });
        other.route("/storage", file(Buffer.from(await blob.arrayBuffer())));
        await redirect(other.url("/storage", "localhost"), 307)(request, answer);
        return true;
      });
      expect(await fetched(codeOf(build))).toHaveLength(4_000_000);
      expect(other.requests.map(({ headers }) => headers.authorization)).toEqual([undefined]);
      await other.close();
    });
  });

  it("by a password is given the profile's, and asked without one only once", async () => {
    // What `htpasswd -nbB ada opensesame` prints.
    const entry = "ada:$2y$05$abcdefghijklmnopqrstuuQbLfdQZSxZ9gjhA5V9o8Tyc6aQRO0Qi\n";
    const passwords = join(cache, "htpasswd");
    await writeFile(passwords, entry);
    const registry = await startDockerRegistry({ auth: { htpasswd: { realm: "test", path: passwords } } });
    const front = await startRegistryFront(registry.host);
    try {
      const authorization = basic(name, password);
      await pushImage({ host: registry.host, repository: "team/books", authorization }, books1("program"), "main");
      const image = `${front.host}/team/books:main`;
      await expect(ask({ image })).rejects.toMatchObject({ message: expect.stringContaining("401") });
      const before = front.requests.length;
      const [build] = await ask({ image, credentials, variables });
      expect(await fetched(codeOf(build))).toBe("program");
      const sent = front.requests.slice(before).map(({ headers }) => headers.authorization);
      expect(sent.filter((value) => value === undefined)).toHaveLength(1);
      expect(new Set(sent.slice(1))).toEqual(new Set([authorization]));
    } finally {
      await front.close();
      await registry.stop();
    }
  });
});

describe("an image that the daemon has", async () => {
  const { daemon, newCluster } = await testDaemon();

  it("gives files and folders, links followed, and keeps no container", async () => {
    const cluster = newCluster();
    const image = `devenv-test/${cluster}:main`;
    const program = randomBytes(1_500_000);
    const tar = tarOf(
      { path: "opt/", type: "Directory" },
      { path: "opt/books-1", content: program, mode: 0o755 },
      { path: "app/", type: "Directory" },
      { path: "app/books", type: "SymbolicLink", linkpath: "../opt/books-1" },
      { path: "app/etc/", type: "Directory" },
      { path: "app/etc/a", content: "a" },
      { path: "app/etc/b", type: "SymbolicLink", linkpath: "a" },
      { path: "app/etc/c", type: "Link", linkpath: "app/etc/a" },
      { path: "app/out", type: "SymbolicLink", linkpath: "/etc" },
    );
    const { Readable } = await import("node:stream");
    await daemon.importImage(image, Readable.from([tar]), ["LABEL org.opencontainers.image.revision=3f9a"]);
    const labels = { [LABEL.cluster]: cluster };
    const docker = {
      images: async () => ({
        find: async (name: string) => (await daemon.images([name])).get(name),
        archive: (id: string, path: string, signal?: AbortSignal) => daemon.imageArchive(id, path, labels, signal),
      }),
    };
    const at = { image, from: "daemon", docker } as const;
    const [build] = await ask({ ...at, paths: { config: "/app/etc" } });
    const { id, platform } = (await daemon.images([image])).get(image) ?? expect.unreachable();
    expect(build).toMatchObject({ name: `ci:${id.slice(7, 19)}`, commit: "3f9a", artifacts: [{ platform }] });
    const store = openStore(cache);
    const content = build?.artifacts[0]?.content ?? expect.unreachable();
    expect(await fetchContent(content, store)).toBe(hash(program));
    expect(await fetched(build?.config)).toEqual({ a: "a", b: "a", c: "a" });
    for (const [path, words] of [
      ["/app/none", / of the daemon, \/app\/none: the image has no such file/],
      ["/app/etc", /it is a folder/],
    ] as const) {
      const [other] = await ask({ ...at, paths: { code: path } });
      await expect(fetched(other?.artifacts[0]?.content)).rejects.toThrow(words);
    }
    expect((await daemon.observe(cluster)).containers).toEqual([]);
    expect(await ask({ ...at, image: `devenv-test/${cluster}:other` })).toEqual([]);
    await expect(ask({ ...at, image: `devenv-test/${cluster}:{build}` })).rejects.toMatchObject({ class: "user" });
  });
});
