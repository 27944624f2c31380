import { chmod, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { findBusybox } from "../../src/delivery/busybox.ts";
import { provideFiles } from "../../src/docker/provide.ts";
import type { ContainerSpec } from "../../src/model/container.ts";
import { serviceName } from "../../src/model/names.ts";
import { containerSpec } from "../harness/container-spec.ts";
import { createContainer, testDaemon } from "../harness/docker.ts";

const { daemon, endpoint, newCluster } = await testDaemon();
const folder = await mkdtemp(join(tmpdir(), "devenv-provide-"));
const busybox = { kind: "bind", source: folder, target: "/programs", readOnly: true } as const;

beforeAll(async () => {
  await writeFile(join(folder, "busybox"), await findBusybox(endpoint.platform));
  await chmod(join(folder, "busybox"), 0o755);
  await chmod(folder, 0o755);
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** What a program in an empty image prints that was provided with files before its start. */
async function printed(script: string, targets: readonly string[], differing: Partial<ContainerSpec> = {}) {
  const volumes = (differing.mounts ?? []).flatMap(({ kind, target }) => (kind === "volume" ? target : []));
  const spec = containerSpec(newCluster(), {
    ...differing,
    mounts: [busybox, ...(differing.mounts ?? [])],
    command: ["/programs/busybox", "sh", "-c", script],
  });
  const id = await createContainer(daemon, spec);
  const files = targets.map((target, at) => {
    return { target, uid: 1000, gid: 1001, mode: 0o440, content: Buffer.from(`content ${at}`) };
  });
  await provideFiles(daemon, id, files, volumes);
  const lines = await daemon.attach(id, serviceName("web"), new AbortController().signal);
  await daemon.start(id);
  const texts: string[] = [];
  for await (const batch of lines) texts.push(...batch.map(({ text }) => text));
  return texts;
}

const volume = (target: string) => ({ kind: "volume", source: undefined, target, readOnly: false }) as const;

test("files are there before the first instruction, in an empty image, with their owner and mode", async () => {
  const script =
    "cd /run/secrets; /programs/busybox stat -c '%n %u:%g %a' key nested; /programs/busybox cat key nested/key";
  expect(await printed(script, ["/run/secrets/key", "/run/secrets/nested/key"])).toEqual([
    "key 1000:1001 440",
    "nested 0:0 755",
    "content 0content 1",
  ]);
});

test("files are put into a read-only container through its volumes", async () => {
  const script = "/programs/busybox cat /run/secrets/key /etc/app/conf";
  const readOnly = { settings: { readOnly: true }, mounts: [volume("/run/secrets"), volume("/etc/app")] };
  expect(await printed(script, ["/run/secrets/key", "/etc/app/conf"], readOnly)).toEqual(["content 0content 1"]);
});

test("a volume keeps files in sight where a tmpfs covers their folder", async () => {
  const covered = { tmpfs: { "/run": "" }, mounts: [volume("/run/secrets")] };
  expect(await printed("/programs/busybox cat /run/secrets/key", ["/run/secrets/key"], covered)).toEqual(["content 0"]);
});

test("a file in the root, one with a path too long for a tar header, and an empty one all arrive", async () => {
  const long = `/${"folder/".repeat(40)}file`;
  const script = `/programs/busybox cat /conf ${long}`;
  expect(await printed(script, ["/conf", long])).toEqual(["content 0content 1"]);
});

test("a read-only container without a volume for the file is refused in the daemon's words", async () => {
  await expect(printed("true", ["/conf"], { settings: { readOnly: true } })).rejects.toThrow("read-only");
});
