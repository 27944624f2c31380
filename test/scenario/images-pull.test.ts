import { afterEach, expect, test } from "vitest";
import { prepareImage } from "../../src/docker/base-image.ts";
import { systemProcesses } from "../../src/host/process.ts";
import { testDaemon } from "../harness/docker.ts";
import { type Registry, registryWithBooks, silentRegistry } from "../harness/registry.ts";

const { daemon, endpoint } = await testDaemon();
const setting = { daemon, processes: systemProcesses, platform: endpoint.platform };

let registry: Registry;
afterEach(() => registry.close());

test("an image that is missing is pulled, with progress, and then found without asking the registry", async () => {
  registry = await registryWithBooks(endpoint.platform);
  const name = `${registry.host}/books:1`;
  const notes: string[] = [];
  await prepareImage(name, setting, ({ note }) => notes.push(note));
  expect(notes).toContainEqual(expect.stringContaining("Pulling from"));
  expect((await daemon.images([name])).get(name)).toMatchObject({
    platform: endpoint.platform,
    labels: { made: "in a test" },
  });
  await registry.close();
  registry = await silentRegistry();
  await prepareImage(name, setting, () => {});
});

test("a registry that answers and has no such image is believed, with its words", async () => {
  registry = await registryWithBooks(endpoint.platform);
  await expect(prepareImage(`${registry.host}/books:2`, setting, () => {})).rejects.toMatchObject({
    class: "user",
    exitCode: 1,
    message: expect.stringMatching(/^cannot pull 127\.0\.0\.1:\d+\/books:2: .*manifest unknown/),
  });
});

test("a registry that takes the connection and says nothing is given up after 10 s", async () => {
  registry = await silentRegistry();
  const started = performance.now();
  await expect(prepareImage(`${registry.host}/books:1`, setting, () => {})).rejects.toMatchObject({
    class: "environment",
    message: expect.stringMatching(/^no registry answers for 127\.0\.0\.1:\d+\/books:1: /),
  });
  expect(performance.now() - started).toBeLessThan(20_000);
});

test("an aborted pull ends at once as interrupted", async () => {
  registry = await silentRegistry();
  const given = new AbortController();
  const pulling = daemon.pullImage(`${registry.host}/books:1`, () => {}, given.signal);
  given.abort();
  await expect(pulling).rejects.toMatchObject({ exitCode: 130 });
});
