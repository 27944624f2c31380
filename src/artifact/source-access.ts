import type { Processes } from "../host/process.ts";
import type { ArtifactKind, Platform } from "../model/artifact.ts";
import type { Artifacts } from "../model/artifact-source.ts";
import type { ServiceName } from "../model/names.ts";
import { openHttp } from "./http/client.ts";
import type { Http } from "./http/http.ts";

/** What sources take from the flow that opens them. */
export interface SourceAccess {
  /** Where answers are kept that a server may confirm with 304. */
  readonly cacheFolder: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** The value of a variable that the profile names under `credentials`. @throws Failure when there is none. */
  credential(name: string): Promise<string>;
  /** What a service's artifact is, for sources that do not say it themselves. */
  kindOf(service: ServiceName): ArtifactKind;
  readonly docker: DockerAccess;
  /** Told in words what a source waits for, when that takes a second or more (a server's rate limit). */
  readonly onWait?: ((words: string) => void) | undefined;
}

/** What images take beside: what Docker keeps for this person, and the images that a daemon has. */
export interface DockerAccess {
  /** Where `.docker/config.json` is, with what `docker login` keeps. */
  readonly home: string;
  /** Runs the helpers that it names. */
  readonly processes: Pick<Processes, "run">;
  /** Learns a password that is not to be shown. */
  hide(secret: string): void;
  /** The images of the cluster's daemon. @throws Failure where none answers. */
  images(): Promise<DaemonImages>;
}

/** Images that a daemon has. */
export interface DaemonImages {
  /** Facts of one, by name; undefined when it is not there. `id` is its digest. */
  find(name: string): Promise<DaemonImage | undefined>;
  /** A file or folder of an image, by its id, as a tar in which it has its last name; undefined when there is none. */
  archive(id: string, path: string, signal?: AbortSignal): Promise<AsyncIterable<Buffer> | undefined>;
}

export interface DaemonImage {
  readonly id: string;
  readonly platform: Platform;
  readonly labels: Readonly<Record<string, string>>;
}

/** HTTP for a source: through the machine's proxies, believing the profile's `ca`, with its credentials' names in hints. */
export const httpFor = ({ ca, credentials }: Artifacts, { cacheFolder, environment, onWait }: SourceAccess): Http =>
  openHttp({ cacheFolder, environment, ca, credentials, onWait });
