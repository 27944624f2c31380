import { basename, dirname, extname, join } from "node:path";
import type { Profile } from "../model/profile.ts";

/** The command that brings a profile's cluster up: profiles are named by their files, clusters by their `name:`. */
export function upCommand({ file, workspace }: Profile): string {
  const isNamed = dirname(file) === join(workspace, "profiles");
  return `devenv up ${isNamed ? basename(file, extname(file)) : file}`;
}
