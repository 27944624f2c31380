import type { Resource } from "./resource.ts";

/** One entry under `volumes:`. */
export type Volume = Resource;

/** A volume with our label, as the daemon has it. */
export interface ObservedVolume {
  readonly name: string;
  readonly driver: string;
  readonly driverOptions: Readonly<Record<string, string>>;
  readonly labels: Readonly<Record<string, string>>;
}

interface MountPlace {
  /** Absolute path in the container. */
  readonly target: string;
  readonly readOnly: boolean;
}

export type VolumeMount =
  | (MountPlace & {
      readonly kind: "bind";
      readonly source: string;
      /** Make the folder on the host when it is not there. */
      readonly createHostPath?: boolean | undefined;
      readonly propagation?: string | undefined;
      /** Relabelling on a machine with SELinux. Only `HostConfig.Binds` has it, and ignores it elsewhere. */
      readonly selinux?: "z" | "Z" | undefined;
      /** What is mounted below the source stays out. */
      readonly nonRecursive?: boolean | undefined;
    })
  /** A volume of the profile by its key; `source` undefined is an anonymous one, gone with its container. */
  | (MountPlace & {
      readonly kind: "volume";
      readonly source: string | undefined;
      readonly noCopy?: boolean | undefined;
      /** A folder inside of the volume; the API has it from 1.45 on. */
      readonly subpath?: string | undefined;
    })
  | (MountPlace & {
      readonly kind: "tmpfs";
      readonly sizeBytes?: number | undefined;
      readonly mode?: number | undefined;
    });
