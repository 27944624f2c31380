/** What the entries under `networks:` and `volumes:` have in common. */
export interface Resource {
  /** Its key in the profile. */
  readonly key: string;
  /** Its name on the daemon: `name:`, else `<cluster>_<key>`. */
  readonly name: string;
  /** Made by somebody else: it must be there, and is never changed or removed. */
  readonly external: boolean;
  readonly driver: string | undefined;
  readonly driverOptions: Readonly<Record<string, string>>;
  readonly labels: Readonly<Record<string, string>>;
}

/** One of the cluster's own of which the profile says no more than that there is one. */
export const plainResource = (key: string, name: string): Resource => ({
  key,
  name,
  external: false,
  driver: undefined,
  driverOptions: {},
  labels: {},
});
