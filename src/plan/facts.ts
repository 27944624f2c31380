import type { Release } from "../model/artifact.ts";
import type { Endpoint } from "../model/endpoint.ts";
import type { ServiceName } from "../model/names.ts";

/** What the plan must know of the world besides the profile; gathered by the flow, so that this room stays pure. */
export interface Facts {
  readonly endpoint: Endpoint;
  /** The cluster's mount on the daemon's machine; bound read-only as /devenv. */
  readonly mountFolder: string;
  /** The volume that has the same, where that is what containers have as /devenv. */
  readonly mountVolume?: string | undefined;
  /** The name under which the empty image is imported (`image: scratch`). */
  readonly emptyImage: string;
  /** Without a service whose swap another devenv has under way: its code is that one's business. */
  readonly releases: ReadonlyMap<ServiceName, Release>;
  /** Digest of each build context, by image name. */
  readonly contexts: ReadonlyMap<string, string>;
  /** SHA-256 of the content of each provided file, by service and by target. */
  readonly provided: ReadonlyMap<ServiceName, ReadonlyMap<string, string>>;
  /** SHA-256 in hexadecimal. */
  readonly hash: (text: string) => string;
}
