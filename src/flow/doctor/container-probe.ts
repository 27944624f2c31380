import { randomBytes } from "node:crypto";
import { readdir, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { findBusybox } from "../../delivery/busybox.ts";
import type { Daemon } from "../../docker/daemon.ts";
import { EMPTY_IMAGE, importEmptyImage } from "../../docker/empty-image.ts";
import { providedContent, provideFiles } from "../../docker/provide.ts";
import { ensureFolder, writeAtomic } from "../../host/files.ts";
import { withLock } from "../../host/lock.ts";
import { type ContainerSpec, LABEL } from "../../model/container.ts";
import type { Endpoint } from "../../model/endpoint.ts";
import { Failure, failed } from "../../model/failure.ts";
import { clusterName, serviceName } from "../../model/names.ts";
import type { Machine } from "../machine.ts";

/** What a container showed that ran for a moment. */
export interface Probed {
  /** Milliseconds from its creation to its end. */
  readonly ms: number;
  /** Of a folder of this machine; undefined where the daemon has other files. */
  readonly mount: MountFacts | undefined;
  /** Bytes that are left where the daemon keeps containers and images; undefined where it does not say. */
  readonly freeBytes: number | undefined;
}

/** A folder as the container saw it, or why the daemon would not mount it. */
export type MountFacts = { readonly isRead: boolean; readonly isWritten: boolean } | { readonly refusal: Failure };

/** It takes half a second; what takes this long is stuck. In a machine of the cluster's own, which may be emulated, it is not yet. */
const [WITHIN_MS, WITHIN_MS_IN_MACHINE] = [15_000, 60_000];

/** Where the mounted folder, and the program, are in the container. */
const [MOUNT, PROGRAM, RESULT] = ["/mnt", "/probe/busybox", "/probe/df"];

/** Exit code: 1 where what this machine wrote was not to be read, and 2 more where nothing could be written. */
const SCRIPT = [
  `${PROGRAM} df -kP / > ${RESULT}`,
  `[ -n "$1" ] || exit 0`,
  `code=0`,
  `[ "$(${PROGRAM} cat ${MOUNT}/from-host)" = "$1" ] || code=1`,
  `{ echo "$1" > ${MOUNT}/from-container; } || code=$((code + 2))`,
  `exit $code`,
].join("\n");

/**
 * Starts an empty container with a busybox in it, lets it read and write a folder of this machine, and removes both. It
 * carries a label that is no cluster's, so that no cluster takes it for a part of itself; what a devenv left that was
 * killed here is removed first.
 * @throws Failure when it cannot be made or started, in the daemon's words, or does not end
 */
export async function probeContainer(cluster: string, endpoint: Endpoint, machine: Machine): Promise<Probed> {
  const folder = join(machine.folders.state, "doctor");
  const daemon = await machine.connect(endpoint.address);
  const lock = { wait: true, command: "devenv doctor", signal: machine.signal, clock: machine.clock };
  const late = new AbortController();
  const withinMs = endpoint.machine === undefined ? WITHIN_MS : WITHIN_MS_IN_MACHINE;
  const patience = machine.clock.sleep(withinMs, late.signal).then(() => {
    throw failed(`a container of devenv's own did not come to its end within ${withinMs / 1000} s`, {
      hint: "a daemon that is emulated or has much to do is slow: ask again once it has time, or start it anew",
    });
  });
  try {
    // Two at once would each take the other's for what was left behind.
    return await Promise.race([
      patience,
      withLock(folder, lock, () => probe(cluster, endpoint, { daemon, folder, machine })),
    ]);
  } finally {
    patience.catch(() => {});
    late.abort();
    daemon.close();
  }
}

interface Place {
  readonly daemon: Daemon;
  readonly folder: string;
  readonly machine: Machine;
}

async function probe(cluster: string, endpoint: Endpoint, { daemon, folder, machine }: Place): Promise<Probed> {
  const label = clusterName(`${cluster}.doctor`);
  const busybox = await findBusybox(endpoint.platform);
  await Promise.all([sweepContainers(daemon, label), sweepFolders(folder), importEmptyImage(daemon)]);
  const shared = endpoint.mountsHostFolders ? await sharedFolder(folder) : undefined;
  try {
    return await run(specOf(label, shared), busybox, { daemon, machine, shared });
  } catch (thrown) {
    if (shared === undefined || !(thrown instanceof Failure)) throw thrown;
    // The mount's fault only where a container starts without.
    const probed = await run(specOf(label, undefined), busybox, { daemon, machine, shared: undefined });
    return { ...probed, mount: { refusal: thrown } };
  } finally {
    if (shared !== undefined) await rm(shared.path, { recursive: true, force: true });
  }
}

interface Running extends Pick<Place, "daemon" | "machine"> {
  readonly shared: SharedFolder | undefined;
}

async function run(spec: ContainerSpec, busybox: Buffer, { daemon, machine, shared }: Running): Promise<Probed> {
  const begun = machine.clock.monotonic();
  const container = await daemon.create(`devenv-doctor-${randomBytes(4).toString("hex")}`, spec);
  try {
    const program = { target: PROGRAM, uid: 0, gid: 0, mode: 0o755, content: busybox };
    await provideFiles(daemon, container, [program], []);
    await daemon.start(container);
    const code = await daemon.wait(container, machine.signal);
    const ms = machine.clock.monotonic() - begun;
    const df = await providedContent(daemon, container, RESULT);
    return { ms, mount: shared && (await mountFacts(shared, code)), freeBytes: freeBytes(df?.toString() ?? "") };
  } finally {
    await daemon.remove(container);
  }
}

interface SharedFolder {
  readonly path: string;
  readonly word: string;
}

async function sharedFolder(folder: string): Promise<SharedFolder> {
  const word = randomBytes(8).toString("hex");
  const path = join(folder, `probe-${word}`);
  await ensureFolder(path, 0o755); // as the clusters' mounts
  await writeAtomic(join(path, "from-host"), word, 0o644);
  return { path, word };
}

async function mountFacts({ path, word }: SharedFolder, code: number): Promise<MountFacts> {
  const written = await readFile(join(path, "from-container"), "utf8").catch(() => undefined);
  return { isRead: (code & 1) === 0, isWritten: written?.trim() === word };
}

/** The fourth column of POSIX' df is in units of 1024 bytes. */
export function freeBytes(df: string): number | undefined {
  const kib = Number(df.trim().split("\n").at(-1)?.trim().split(/\s+/)[3]);
  return Number.isInteger(kib) ? kib * 1024 : undefined;
}

const specOf = (label: string, shared: SharedFolder | undefined): ContainerSpec => ({
  service: serviceName("devenv doctor"),
  image: EMPTY_IMAGE,
  entrypoint: [PROGRAM, "sh", "-c", SCRIPT, "sh"],
  command: shared === undefined ? [] : [shared.word],
  environment: {},
  labels: { [LABEL.cluster]: label },
  user: undefined,
  workingDir: undefined,
  hostname: undefined,
  stopSignal: undefined,
  stopGraceMs: 0,
  mounts:
    shared === undefined
      ? []
      : [{ kind: "bind", source: shared.path, target: MOUNT, readOnly: false, createHostPath: false }],
  tmpfs: {},
  ports: [],
  expose: [],
  network: { kind: "none" },
  restart: { kind: "no" },
  init: false,
  healthcheck: undefined,
  settings: { logging: { driver: "none", options: {} } },
});

async function sweepContainers(daemon: Daemon, label: ReturnType<typeof clusterName>): Promise<void> {
  const { containers } = await daemon.observe(label);
  await Promise.all(containers.map(({ id }) => daemon.remove(id)));
}

async function sweepFolders(folder: string): Promise<void> {
  const left = (await readdir(folder)).filter((name) => name.startsWith("probe-"));
  await Promise.all(left.map((name) => rm(join(folder, name), { recursive: true, force: true })));
}
