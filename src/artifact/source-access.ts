import type { ArtifactKind } from "../model/artifact.ts";
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
  /** Told in words what a source waits for, when that takes a second or more (a server's rate limit). */
  readonly onWait?: ((words: string) => void) | undefined;
}

/** HTTP for a source: through the machine's proxies, believing the profile's `ca`, with its credentials' names in hints. */
export const httpFor = ({ ca, credentials }: Artifacts, { cacheFolder, environment, onWait }: SourceAccess): Http =>
  openHttp({ cacheFolder, environment, ca, credentials, onWait });
