import { chmod, copyFile, mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { afterEach, beforeEach, expect, test } from "vitest";
import { contextDigest } from "../../src/docker/build-context.ts";
import type { ImageProgress } from "../../src/docker/daemon.ts";
import { EMPTY_IMAGE, importEmptyImage } from "../../src/docker/empty-image.ts";
import { LABEL } from "../../src/model/container.ts";
import { serviceName } from "../../src/model/names.ts";
import type { ImageBuild } from "../../src/model/profile.ts";
import { containerSpec } from "../harness/container-spec.ts";
import { createContainer, testDaemon } from "../harness/docker.ts";
import { programs } from "../harness/programs.ts";

const { daemon, endpoint, newCluster } = await testDaemon();
const { path } = await programs();
const quiet: ImageProgress = () => {};

let context: string;
beforeEach(async () => {
  context = await mkdtemp(join(tmpdir(), "devenv-context-"));
  await copyFile(path.speaks, join(context, "speaks"));
});
afterEach(() => rm(context, { recursive: true }));

test("the empty image is for the daemon's platform, is made once, and runs a static program", async () => {
  await importEmptyImage(daemon);
  const made = (await daemon.images([EMPTY_IMAGE])).get(EMPTY_IMAGE);
  expect(made?.platform).toEqual(endpoint.platform);
  await importEmptyImage(daemon);
  expect((await daemon.images([EMPTY_IMAGE])).get(EMPTY_IMAGE)?.id).toBe(made?.id);

  const mounts = [{ kind: "bind", source: path.speaks, target: "/speaks", readOnly: true }] as const;
  const id = await createContainer(daemon, containerSpec(newCluster(), { mounts, command: ["/speaks", "exits", "4"] }));
  await daemon.start(id);
  expect(await daemon.wait(id)).toBe(4);
});

test("images that are not there are absent, those that are there have their facts", async () => {
  await importEmptyImage(daemon);
  const facts = await daemon.images([EMPTY_IMAGE, "devenv-test/nobody:1", EMPTY_IMAGE]);
  expect([...facts.keys()]).toEqual([EMPTY_IMAGE]);
  expect(facts.get(EMPTY_IMAGE)).toMatchObject({ id: expect.stringMatching(/^sha256:/), labels: {} });
});

test("an image is built from its context, labelled, with progress by steps, target, arguments and network", async () => {
  await dockerfile(
    "ARG BASE=scratch",
    "FROM $BASE AS made",
    "ARG WORD=default",
    "COPY speaks /speaks",
    "ENV WORD=$WORD",
    'CMD ["/speaks", "env", "WORD"]',
    "FROM made AS other",
    'CMD ["/speaks", "exits", "9"]',
  );
  const name = nameOf("built");
  const build = imageBuild({ target: "made", args: { WORD: "from the profile" }, network: "host" });
  const notes: Parameters<ImageProgress>[0][] = [];
  const digest = await contextDigest(build);
  await daemon.buildImage(name, build, { [LABEL.context]: digest }, (note) => notes.push(note));
  expect(notes).toContainEqual({ note: expect.stringMatching(/^Step 4\/\d+ : COPY speaks/), done: 4, total: 7 });
  expect((await daemon.images([name])).get(name)?.labels).toEqual({ [LABEL.context]: digest });
  expect(await output(name)).toEqual(["from the profile"]);
});

test("what .dockerignore leaves out does not reach the image, links and modes do", async () => {
  await writeFile(
    join(context, ".dockerignore"),
    "secret*\n!secret-but-wanted\nnode_modules\nDockerfile\n.dockerignore\n",
  );
  await mkdir(join(context, "node_modules/deep"), { recursive: true });
  for (const file of ["secret", "secret-but-wanted", "node_modules/deep/file", "@scoped"]) {
    await writeFile(join(context, file), "");
  }
  await symlink("speaks", join(context, "link"));
  await chmod(join(context, "speaks"), 0o755);
  await dockerfile("FROM scratch", "COPY . /context/");
  const name = nameOf("ignoring");
  await daemon.buildImage(name, imageBuild(), {}, quiet);
  const found = async (file: string) => (await exitCode(name, "check", `/context/${file}`)) === 0;
  expect(await Promise.all(["speaks", "link", "secret-but-wanted", "@scoped"].map(found))).not.toContain(false);
  const left = ["secret", "node_modules", "Dockerfile", ".dockerignore"];
  expect(await Promise.all(left.map(found))).not.toContain(true);
});

test("a Dockerfile outside of the context builds, and is not copied by `COPY .`", async () => {
  const outside = await mkdtemp(join(tmpdir(), "devenv-outside-"));
  try {
    await writeFile(join(outside, "Dockerfile.dev"), "FROM scratch\nCOPY . /context/\n");
    const name = nameOf("outside");
    await daemon.buildImage(name, imageBuild({ dockerfile: join(outside, "Dockerfile.dev") }), {}, quiet);
    expect(await exitCode(name, "check", "/context/speaks")).toBe(0);
    expect(await exitCode(name, "check", "/context/.devenv-dockerfile")).toBe(1);
  } finally {
    await rm(outside, { recursive: true });
  }
});

test("a build that fails shows the step, the words of the program and its exit code", async () => {
  await dockerfile(
    "FROM scratch",
    "COPY speaks /speaks",
    'RUN ["/speaks", "says", "no such library: libyaml"]',
    'RUN ["/speaks", "exits", "3"]',
  );
  await expect(daemon.buildImage(nameOf("failing"), imageBuild({ network: "host" }), {}, quiet)).rejects.toMatchObject({
    exitCode: 1,
    message: expect.stringMatching(/^cannot build devenv-test\/failing.*non-zero code: 3$/),
    output: expect.stringMatching(/no such library: libyaml[\s\S]*Step 4\/4/),
  });
});

test("a Dockerfile that does not parse, or is not there, is said with its place", async () => {
  const name = nameOf("unparsable");
  await dockerfile("FROM scratch", "COPPY speaks /speaks");
  await expect(daemon.buildImage(name, imageBuild(), {}, quiet)).rejects.toThrow(/unknown instruction: COPPY/i);
  await expect(daemon.buildImage(name, imageBuild({ dockerfile: "None" }), {}, quiet)).rejects.toThrow(
    `there is no Dockerfile at ${context}/None`,
  );
});

test("a base image that no registry gives is the environment's failure, not the Dockerfile's", async () => {
  await dockerfile("FROM registry.invalid/base:1");
  await expect(daemon.buildImage(nameOf("baseless"), imageBuild(), {}, quiet)).rejects.toMatchObject({
    class: "environment",
    message: expect.stringContaining("registry.invalid"),
  });
});

test("an aborted build ends as interrupted and leaves no image under the name", async () => {
  await dockerfile("FROM scratch", "COPY speaks /speaks", 'RUN ["/speaks", "waits"]');
  const name = nameOf("aborted");
  const given = new AbortController();
  const progress: ImageProgress = ({ done }) => {
    if (done === 3) given.abort();
  };
  const building = daemon.buildImage(name, imageBuild({ network: "host" }), {}, progress, given.signal);
  await expect(building).rejects.toMatchObject({ exitCode: 130 });
  expect((await daemon.images([name])).size).toBe(0);
});

test("an import whose archive breaks off makes no image", async () => {
  const name = nameOf("broken");
  const breaking = Readable.from(
    (async function* () {
      yield Buffer.alloc(512);
      throw new Error("the disk was full");
    })(),
  );
  await expect(daemon.importImage(name, breaking, [])).rejects.toThrow();
  expect((await daemon.images([name])).size).toBe(0);
});

test("a pull that no registry answers is the environment's failure, and names the image", async () => {
  // The reserved top-level domain: no name server knows it anywhere.
  await expect(daemon.pullImage("registry.invalid/books:1", quiet)).rejects.toMatchObject({
    class: "environment",
    message: expect.stringMatching(/^no registry answers for registry\.invalid\/books:1: /),
  });
});

const nameOf = (what: string): string => `devenv-test/${what}:1`;

const dockerfile = (...lines: string[]): Promise<void> =>
  writeFile(join(context, "Dockerfile"), `${lines.join("\n")}\n`);

const imageBuild = (differing: Partial<ImageBuild> = {}): ImageBuild => ({
  context,
  dockerfile: join(context, "Dockerfile"),
  target: undefined,
  args: {},
  network: undefined,
  ...differing,
});

/** What a container of the image says by its own command. */
async function output(image: string): Promise<string[]> {
  const id = await createContainer(daemon, containerSpec(newCluster(), { image }));
  await daemon.start(id);
  await daemon.wait(id);
  const texts: string[] = [];
  for await (const { text } of daemon.logs(id, serviceName("web"), { follow: false })) texts.push(text);
  return texts;
}

/** How `speaks` of this machine ends inside of the image. */
async function exitCode(image: string, ...words: string[]): Promise<number> {
  const mounts = [{ kind: "bind", source: path.speaks, target: "/mounted", readOnly: true }] as const;
  const id = await createContainer(
    daemon,
    containerSpec(newCluster(), { image, mounts, entrypoint: ["/mounted"], command: words }),
  );
  await daemon.start(id);
  return daemon.wait(id);
}
