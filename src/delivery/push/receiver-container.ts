import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { Readable } from "node:stream";
import type { Daemon } from "../../docker/daemon.ts";
import { filesTar } from "../../docker/provide.ts";
import { type ContainerSpec, LABEL } from "../../model/container.ts";
import { type ClusterName, type ContainerId, containerId, serviceName } from "../../model/names.ts";
import { plainResource } from "../../model/resource.ts";
import { canonical } from "../../plan/canonical.ts";
import receive from "./receive.sh";
import type { Wire } from "./receiver.ts";

/** Where the volume is in the helper, and in every container. */
const VOLUME_AT = "/devenv";
const BUSYBOX = "/busybox";
/** On all that is there for the sake of delivery, and no service's. */
const HELPER = { [LABEL.helper]: "push" };

/** What the helper of a cluster is made with. */
export interface HelperContext {
  readonly daemon: Daemon;
  readonly cluster: ClusterName;
  /** On everything of the cluster. */
  readonly labels: Readonly<Record<string, string>>;
  /** Path of a static busybox for the daemon's platform. */
  readonly busybox: string;
}

/** The volume that a cluster's containers have at /devenv. A cluster's name has no dot, so no other volume is called so. */
export const volumeOf = (cluster: ClusterName): string => `${cluster}.devenv`;

/** The container that brings things into the volume; called as the volume is. */
const helperOf = (cluster: ClusterName): ContainerId => containerId(volumeOf(cluster));

/** A line to a receiver in the helper: one exec that goes on, so that an order costs a round trip and no start of anything. */
export const wireTo =
  ({ daemon, cluster }: Pick<HelperContext, "daemon" | "cluster">): Wire =>
  (stdin, stdout, signal) =>
    daemon.exec(helperOf(cluster), {
      command: [BUSYBOX, "sh", "-c", receive, BUSYBOX, VOLUME_AT],
      tty: false,
      ...{ stdin, stdout, stderr: stdout, signal },
    });

/**
 * Has the volume and a running helper. What is needed is brought along: on a daemon that has nothing, an image with one
 * file in it, busybox, is imported. Another devenv may be doing the same.
 * @throws Failure where the daemon does not answer, or where a volume of that name is somebody else's.
 */
export async function ensureHelper(context: HelperContext): Promise<void> {
  const { daemon, cluster, labels } = context;
  const busybox = await readFile(context.busybox);
  const image = `devenv/receiver:${createHash("sha256").update(busybox).digest("hex").slice(0, 12)}`;
  const spec = withHash(helperSpec(image, context));
  if (!(await isThere(spec, context))) {
    const volume = plainResource("devenv", volumeOf(cluster));
    await daemon.createVolume(volume.name, volume, { ...labels, ...HELPER });
    if (!(await daemon.images([image])).has(image)) await importBusybox(image, busybox, daemon);
    await create(spec, context);
  }
  await daemon.start(helperOf(cluster));
}

/** Whether there is one as it is to be; one that is not is removed. */
async function isThere(spec: ContainerSpec, { daemon, cluster }: HelperContext): Promise<boolean> {
  const { helpers = [] } = await daemon.observe(cluster);
  const helper = helpers.find(({ name }) => name === helperOf(cluster));
  if (helper === undefined) return false;
  if (helper.hash === spec.labels[LABEL.hash] && helper.state !== "dead" && helper.state !== "removing") return true;
  await daemon.remove(helperOf(cluster));
  return false;
}

async function create(spec: ContainerSpec, context: HelperContext): Promise<void> {
  const { daemon, cluster } = context;
  try {
    await daemon.create(helperOf(cluster), spec);
  } catch (thrown) {
    // Another devenv was faster.
    if (!(await isThere(spec, context))) throw thrown;
  }
}

/** All or nothing: an image is there when it was imported to its end. */
async function importBusybox(image: string, busybox: Buffer, daemon: Daemon): Promise<void> {
  const file = { target: BUSYBOX, uid: 0, gid: 0, mode: 0o755, content: busybox };
  await daemon.importImage(image, Readable.from([await filesTar("/", [file])]), [`LABEL ${LABEL.helper}=push`]);
}

/** It waits; what works are the receivers that are run in it. No network, no rights, and nothing to write but the volume. */
function helperSpec(image: string, { cluster, labels }: HelperContext): ContainerSpec {
  return {
    service: serviceName(""),
    image,
    entrypoint: [BUSYBOX, "sh", "-c", `trap 'exit 0' TERM; while :; do ${BUSYBOX} sleep 3600 & wait; done`],
    command: undefined,
    environment: {},
    labels: { ...labels, ...HELPER },
    user: undefined,
    workingDir: undefined,
    hostname: undefined,
    stopSignal: undefined,
    stopGraceMs: 1000,
    mounts: [{ kind: "volume", source: volumeOf(cluster), target: VOLUME_AT, readOnly: false, noCopy: true }],
    ...{ tmpfs: {}, ports: [], expose: [], network: { kind: "none" }, restart: { kind: "no" } },
    ...{ init: false, healthcheck: undefined },
    settings: { capDrop: ["ALL"], readOnly: true, securityOpt: ["no-new-privileges"] },
  };
}

function withHash(spec: ContainerSpec): ContainerSpec {
  const hash = createHash("sha256").update(canonical(spec)).digest("hex");
  return { ...spec, labels: { ...spec.labels, [LABEL.hash]: hash } };
}
