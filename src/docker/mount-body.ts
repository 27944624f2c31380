import type { MountSettings } from "dockerode";
import type { VolumeMount } from "../model/volume.ts";

type Bind = Extract<VolumeMount, { kind: "bind" }>;

/**
 * A container's mounts. Mounts rather than binds: a bind whose source is missing makes an empty folder, owned by root,
 * in its place. Only binds can be relabelled for SELinux, so what asks for that is one.
 */
export function mountBodies(mounts: readonly VolumeMount[]): { Mounts: MountSettings[]; Binds?: string[] } {
  const relabelled = mounts.filter((mount): mount is Bind => mount.kind === "bind" && mount.selinux !== undefined);
  const others = mounts.filter((mount) => !relabelled.some((other) => other === mount));
  return { Mounts: others.map(mountBody), ...(relabelled.length > 0 && { Binds: relabelled.map(bindText) }) };
}

function bindText({ source, target, readOnly, selinux, propagation }: Bind): string {
  const options = [readOnly ? "ro" : "rw", selinux, propagation].filter((option) => option !== undefined);
  return `${source}:${target}:${options.join(",")}`;
}

/** A volume without a source is an anonymous one. */
function mountBody(mount: VolumeMount): MountSettings {
  const place = { Target: mount.target, ReadOnly: mount.readOnly };
  switch (mount.kind) {
    case "bind": {
      const { propagation, nonRecursive } = mount;
      const options = stated({ Propagation: propagation, NonRecursive: nonRecursive });
      return body({ Type: "bind", Source: mount.source, ...place, ...(options && { BindOptions: options }) });
    }
    case "volume": {
      const options = stated({ NoCopy: mount.noCopy, Subpath: mount.subpath });
      return body({ Type: "volume", Source: mount.source ?? "", ...place, ...(options && { VolumeOptions: options }) });
    }
    case "tmpfs": {
      const options = stated({ SizeBytes: mount.sizeBytes, Mode: mount.mode });
      return body({ Type: "tmpfs", Source: "", ...place, ...(options && { TmpfsOptions: options }) });
    }
  }
}

/** The library's types know fewer options than the daemon. */
const body = (mount: object): MountSettings => mount as MountSettings;

/** What is said of some options; undefined when that is nothing. */
function stated(options: Readonly<Record<string, unknown>>): object | undefined {
  const said = Object.entries(options).filter(([, value]) => value !== undefined);
  return said.length === 0 ? undefined : Object.fromEntries(said);
}
