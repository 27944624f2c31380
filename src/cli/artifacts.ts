import type { Command } from "commander";
import { defineArtifactsList } from "./artifacts-list.ts";
import { defineArtifactsPrune } from "./artifacts-prune.ts";
import { defineArtifactsVerify } from "./artifacts-verify.ts";
import type { Commands } from "./commands.ts";

/** Puts one verb below `devenv artifacts`. */
export type DefineVerb = (artifacts: Command, commands: Commands) => void;

const VERBS: readonly DefineVerb[] = [defineArtifactsList, defineArtifactsVerify, defineArtifactsPrune];

export function defineArtifacts(commands: Commands): void {
  const artifacts = commands.program
    .command("artifacts")
    .description("CI's builds and the store of them: artifacts list|verify|prune");
  for (const define of VERBS) define(artifacts, commands);
}
