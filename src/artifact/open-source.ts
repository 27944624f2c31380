import type { Artifacts } from "../model/artifact-source.ts";
import { userFailure } from "../model/failure.ts";
import { fileSource } from "./file-source.ts";
import type { Source } from "./source.ts";
import type { SourceAccess } from "./source-access.ts";

/** The source that a profile names, behind the one port. What a kind needs is loaded when it is the one. */
export async function openSource(artifacts: Artifacts, access: SourceAccess): Promise<Source> {
  const { source } = artifacts;
  switch (source.kind) {
    case "file":
      return fileSource(source.folder);
    case "https": {
      const { httpsSource } = await import("./https-source.ts");
      return httpsSource(source.url, artifacts, access);
    }
    default:
      throw userFailure(`artifacts from ${source.kind}: are not supported yet`);
  }
}
