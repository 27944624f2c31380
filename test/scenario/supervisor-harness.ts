import { createHash } from "node:crypto";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Writable } from "node:stream";
import { onTestFinished } from "vitest";
import { type Console, openConsole } from "../../src/delivery/console.ts";
import { type Mount, openMount } from "../../src/delivery/mount.ts";
import type { Started } from "../../src/delivery/supervisor-words.ts";
import type { Release } from "../../src/model/artifact.ts";
import type { ContainerSpec } from "../../src/model/container.ts";
import {
  type ArtifactDigest,
  artifactDigest,
  type ClusterName,
  type ContainerId,
  serviceName,
} from "../../src/model/names.ts";
import type { ReadyProbe } from "../../src/model/profile.ts";
import { get as ask } from "../harness/cluster-view.ts";
import { containerSpec } from "../harness/container-spec.ts";
import { createContainer, type TestDaemon } from "../harness/docker.ts";
import { eventually } from "../harness/eventually.ts";

export const WEB = serviceName("web");
export const BUSYBOX = "/devenv/init/busybox";

/** A real mount in a folder of its own, over programs that lie anywhere on this machine. */
export async function testMount({ endpoint }: TestDaemon) {
  const folder = await mkdtemp(join(tmpdir(), "devenv-test-mount-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const paths = new Map<ArtifactDigest, string>();
  const mount = openMount(folder, { pathOf: (digest) => paths.get(digest) ?? join(folder, "nowhere") });
  await mount.prepare(endpoint.platform);
  /** Points the service at a program. */
  const deliver = async (path: string): Promise<Release> => {
    const digest = artifactDigest(
      createHash("sha256")
        .update(await readFile(path))
        .digest("hex"),
    );
    paths.set(digest, path);
    const release: Release = { artifact: { digest, kind: "file", build: `local:${digest.slice(0, 12)}` } };
    await mount.point(WEB, release);
    return release;
  };
  return { mount, deliver };
}

export interface Supervised {
  readonly container: ContainerId;
  /** Attached since before the start. */
  readonly console: Console;
  /** The program's first start. */
  readonly first: Started | undefined;
  /** On the cluster's network; undefined when it has ended already. */
  readonly address: string | undefined;
}

/** Starts a container whose process 1 is the supervisor, as `desire` words it; the program is `command`. */
export async function supervise(
  { daemon }: TestDaemon,
  cluster: ClusterName,
  mount: Mount,
  command: readonly string[],
  { grace = 1, ...differing }: Partial<ContainerSpec> & { grace?: number } = {},
  ready?: ReadyProbe,
): Promise<Supervised> {
  const spec = containerSpec(cluster, {
    service: WEB,
    entrypoint: [BUSYBOX, "sh", "/devenv/init/supervise", WEB, String(grace), "--"],
    command,
    settings: { stdinOpen: true },
    mounts: [{ kind: "bind", source: mount.folder, target: "/devenv", readOnly: true }],
    ...differing,
  });
  const container = await createContainer(daemon, spec);
  const closing = new AbortController();
  onTestFinished(() => closing.abort());
  const console = await openConsole(daemon, container, { name: WEB, ready }, closing.signal);
  const start = console.nextStart();
  await daemon.start(container);
  const first = await start;
  return { container, console, first, address: (await daemon.inspect(container)).address };
}

/** For what a container does; the longest grace among the tests is a part of it. */
const PATIENCE_MS = 60_000;

/** A busybox shell's script as the program. */
export const script = (text: string): string[] => [BUSYBOX, "sh", "-c", text];

/** What a program prints that is run beside the service in its container. */
export async function inside({ daemon }: TestDaemon, container: ContainerId, text: string): Promise<string> {
  let printed = "";
  const stdout = new Writable({
    write(chunk: Buffer, _encoding, done) {
      printed += chunk.toString();
      done();
    },
  });
  await daemon.exec(container, { command: script(text), tty: false, stdin: undefined, stdout, stderr: stdout });
  return printed.trim();
}

/** Resolves when the container's output has a line that matches. */
export async function untilLine(console: Console, pattern: RegExp): Promise<void> {
  const isThere = () => {
    // Asked first: an output that has ended by now is whole.
    const { isOpen } = console;
    if (textsOf(console).some((text) => pattern.test(text))) return true;
    if (!isOpen) throw new Error(`the output ended without ${pattern}`);
    return false;
  };
  await eventually(isThere, Boolean, { withinMs: PATIENCE_MS, late: () => `the output has no ${pattern}` });
}

/** What a GET on :8080 gives; undefined where nobody answers, and of a container that has no address any more. */
export const get = async (address: string | undefined, path = "/"): Promise<string | undefined> =>
  address === undefined ? undefined : ask(address, 8080, path);

/** Resolves when a GET answers this body. */
export async function untilAnswer(address: string | undefined, body: string): Promise<void> {
  await eventually(
    () => get(address),
    (answer) => answer === body,
    { withinMs: PATIENCE_MS },
  );
}

export const textsOf = (console: Console): string[] => console.linesSince(0).map(({ text }) => text);
