import type { Artifacts } from "../model/artifact-source.ts";
import { type Plain, present } from "./canonical-parts.ts";

/** `x-devenv.artifacts`, or `ci` of a service, as it is written. */
export const canonicalArtifacts = ({ source }: Artifacts): Plain =>
  present({ source: source.kind === "file" ? `file:${source.folder}` : source.kind });
