/** One entry under `volumes:`. */
export interface Volume {
  readonly key: string;
  /** Its name on the daemon: `name:`, else `<cluster>_<key>`. */
  readonly name: string;
  readonly external: boolean;
  readonly driver: string | undefined;
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
    })
  /** A volume of the profile by its key; `source` undefined is an anonymous one, gone with its container. */
  | (MountPlace & {
      readonly kind: "volume";
      readonly source: string | undefined;
      readonly noCopy?: boolean | undefined;
    })
  | (MountPlace & {
      readonly kind: "tmpfs";
      readonly sizeBytes?: number | undefined;
      readonly mode?: number | undefined;
    });
