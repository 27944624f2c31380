import { isOnPath } from "../../artifact/cross-compiler.ts";
import { managerOf } from "../../artifact/package-manager.ts";
import { isFolder } from "../../host/files.ts";
import type { Check } from "../../model/check.ts";
import type { Service } from "../../model/profile.ts";
import { type Findings, namesInWords } from "./findings.ts";

/** A program that services are built with. */
interface Tool {
  readonly program: string;
  readonly howToGet: string;
}

const GO: Tool = {
  program: "go",
  howToGet: "`sudo apt-get install golang-go` (Debian, Ubuntu), or https://go.dev/dl/",
};
const CARGO: Tool = {
  program: "cargo",
  howToGet: "`sudo apt-get install cargo` (Debian, Ubuntu), or https://rustup.rs",
};
const CC: Tool = { program: "cc", howToGet: "`sudo apt-get install gcc libc6-dev` (Debian, Ubuntu)" };

/**
 * Whether what services are built with is there: needed by a save, and by `devenv up` for those in mode `local`. Of a
 * `command` nobody knows what it needs, and what is not cloned is not edited.
 */
export async function buildChecks({ profile, machine }: Pick<Findings, "profile" | "machine">): Promise<Check[]> {
  const needs = (await Promise.all(profile.services.map(needsOf))).flat();
  const programs = [...new Set(needs.map(({ tool }) => tool.program))];
  const missing = programs.filter((program) => !isOnPath(program, machine.environment));
  if (programs.length === 0) return [];
  if (missing.length === 0) return [{ name: "tools", state: "ok", what: `${programs.join(", ")}: services are built` }];
  return missing.map((program) => toolCheck(needs.filter(({ tool }) => tool.program === program)));
}

interface Need {
  readonly service: Service;
  readonly tool: Tool;
}

async function needsOf(service: Service): Promise<Need[]> {
  const { repo, build, mode } = service;
  if (build === undefined || repo === undefined || mode?.kind === "off" || !(await isFolder(repo))) return [];
  const of = (...tools: readonly Tool[]) => tools.map((tool) => ({ service, tool }));
  switch (build.kind) {
    case "go":
      return build.cgo && !build.env.CC ? of(GO, CC) : of(GO);
    case "cargo":
      return of(CARGO, CC);
    case "node":
      return of(await managerOf(repo));
    case "command":
      return [];
    default:
      return build satisfies never;
  }
}

function toolCheck(needs: readonly Need[]): Check {
  const [first] = needs;
  const isLocal = needs.some(({ service }) => service.mode?.kind === "local");
  return {
    name: "tools",
    state: isLocal ? "bad" : "warn",
    what: `${first?.tool.program} is not installed`,
    why: `a save of ${namesInWords(needs.map(({ service }) => service.name))} is built with it`,
    do: first?.tool.howToGet ?? "",
  };
}
