import type { ArtifactKind } from "../model/artifact.ts";
import type { Artifacts } from "../model/artifact-source.ts";
import { userFailure } from "../model/failure.ts";
import type { ServiceName } from "../model/names.ts";
import { fileSource } from "./file-source.ts";
import type { Source } from "./source.ts";

/** What sources take from the flow that opens them. */
export interface SourceAccess {
  /** Where answers are kept that a server may confirm with 304. */
  readonly cacheFolder: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** The value of a variable that the profile names under `credentials`. @throws Failure when there is none. */
  credential(name: string): Promise<string>;
  /** What a service's artifact is, for sources that do not say it themselves. */
  kindOf(service: ServiceName): ArtifactKind;
}

/** The source that a profile names, behind the one port. What a kind needs is loaded when it is the one. */
export async function openSource({ source }: Artifacts, _access: SourceAccess): Promise<Source> {
  switch (source.kind) {
    case "file":
      return fileSource(source.folder);
    default:
      throw userFailure(`artifacts from ${source.kind}: are not supported yet`);
  }
}
