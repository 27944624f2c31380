import { stringify } from "yaml";
import type { Plain } from "./canonical-parts.ts";

/** Plain data as YAML that every reader takes alike: what YAML 1.1 reads otherwise (`yes`, `0444`, `22:22`) is quoted. */
export const canonicalYaml = (data: Plain): string =>
  stringify(data, { compat: "yaml-1.1", lineWidth: 0, aliasDuplicateObjects: false });
