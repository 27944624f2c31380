import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { prepareBaseImages, prepareImage } from "../../src/docker/base-image.ts";
import type { Daemon } from "../../src/docker/daemon.ts";
import { systemProcesses } from "../../src/host/process.ts";
import { environmentFailure } from "../../src/model/failure.ts";
import { containerSpec } from "../harness/container-spec.ts";
import { createContainer, testDaemon } from "../harness/docker.ts";

const SLIM = "debian:bookworm-slim";
const { daemon: real, endpoint, newCluster } = await testDaemon();

/** The real daemon on a machine that reaches no registry, whatever this one reaches. */
const daemon: Daemon = {
  ...real,
  pullImage: (name) => Promise.reject(environmentFailure(`no registry answers for ${name}`)),
};
const setting = { daemon, processes: systemProcesses, platform: endpoint.platform };

// On a daemon that was given and has the image, there is nothing to make.
const given = (await real.images([SLIM])).has(SLIM);

test.skipIf(given)(
  "without a registry, debian:bookworm-slim is made from packages once, and a Dockerfile builds on it",
  async () => {
    const context = await mkdtemp(join(tmpdir(), "devenv-base-"));
    try {
      const dockerfile = join(context, "Dockerfile");
      await writeFile(dockerfile, "ARG SUITE=bookworm\nFROM debian:$SUITE-slim AS base\nRUN apt-get update\n");
      const build = { context, dockerfile, target: undefined, args: {}, network: "host" };
      const notes: string[] = [];
      const prepare = () => prepareBaseImages(build, setting, ({ note }) => notes.push(note));
      await Promise.all([prepare(), prepare()]);
      expect(notes.filter((note) => /^made debian:bookworm-slim in \d+ s$/.test(note))).toHaveLength(1);
      expect(notes).toContainEqual(expect.stringMatching(/^installing/));
      const facts = (await real.images([SLIM])).get(SLIM);
      expect(facts?.platform).toEqual(endpoint.platform);

      await real.buildImage("devenv-test/on-debian:1", build, {}, () => {});
      const spec = containerSpec(newCluster(), {
        image: SLIM,
        command: ["bash", "-c", "test -e /usr/share/doc/apt/copyright && ! find /usr/share/man -type f | grep ."],
      });
      const id = await createContainer(real, spec);
      await real.start(id);
      expect(await real.wait(id)).toBe(0);

      await prepare();
      expect(notes.filter((note) => note.startsWith("made "))).toHaveLength(1);
    } finally {
      await rm(context, { recursive: true });
    }
  },
  300_000,
);

test("a suite that Debian does not have fails with mmdebstrap's words, and makes no image", async () => {
  await expect(prepareImage("debian:nosuchsuite", setting, () => {})).rejects.toMatchObject({
    class: "environment",
    message: expect.stringMatching(/^mmdebstrap cannot make debian:nosuchsuite: /),
    output: expect.stringContaining("nosuchsuite"),
  });
  expect((await real.images(["debian:nosuchsuite"])).size).toBe(0);
});

test("where mmdebstrap is missing too, it is said what to install", async () => {
  const processes = { ...systemProcesses, stream: (_: string) => systemProcesses.stream("no-such-mmdebstrap", []) };
  await expect(prepareImage("debian:trixie", { ...setting, processes }, () => {})).rejects.toMatchObject({
    class: "environment",
    message: expect.stringContaining("mmdebstrap, which would make it, is not installed"),
    hint: expect.stringContaining("apt-get install mmdebstrap"),
  });
  expect((await real.images(["debian:trixie"])).size).toBe(0);
});

test("an image that is not Debian's own is not made up: that no registry answers is the failure", async () => {
  await expect(prepareImage("postgres:15", setting, () => {})).rejects.toThrow("no registry answers for postgres:15");
});
