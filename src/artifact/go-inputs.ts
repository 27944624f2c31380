import { access } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { Processes } from "../host/process.ts";
import type { Platform } from "../model/artifact.ts";
import { failed } from "../model/failure.ts";
import { noGo } from "./go-build.ts";
import { firstPlace } from "./place-in-output.ts";

/** What a Go binary is made of, as far as a developer edits it here. Absolute paths, sorted. */
export interface GoInputs {
  /** The packages: their direct files matter. */
  readonly folders: readonly string[];
  /** Folders of embedded files, which matter in their whole depth. */
  readonly trees: readonly string[];
  /** Single embedded files, and go.mod, go.sum, go.work, go.work.sum, whether they are there yet or not. */
  readonly files: readonly string[];
}

/** What Go compiles of a package's folder (`go help filetype`): any other file there is none of its business. */
export const GO_ENDINGS = [
  ...[".go", ".s", ".S", ".c", ".cc", ".cpp", ".cxx", ".m", ".h", ".hh", ".hpp", ".hxx"],
  ...[".f", ".F", ".for", ".f90", ".sx", ".swig", ".swigcxx", ".syso"],
] as const;

export interface GoInputsOptions {
  readonly processes: Processes;
  /** The daemon's: build tags decide which packages are imported. */
  readonly platform: Platform;
  readonly signal?: AbortSignal | undefined;
}

/** The fields of `go list -json` that are asked for. */
interface GoPackage {
  readonly Dir?: string;
  readonly Standard?: boolean;
  readonly EmbedFiles?: readonly string[];
  readonly Module?: {
    readonly Main?: boolean;
    readonly GoMod?: string;
    readonly Replace?: { readonly Version?: string; readonly GoMod?: string };
  };
}

/**
 * Asks Go which folders and files the packages' binaries are made of: packages of the main modules (several with go.work)
 * and of modules replaced by a local folder; what comes from the module cache does not change.
 * Code that does not compile is no obstacle, a go.mod that cannot be read is.
 * @throws Failure: no Go (environment), or what go said (exit 1); the signal's reason when it was cancelled.
 */
export async function goInputs(
  repo: string,
  goPackages: readonly string[],
  options: GoInputsOptions,
): Promise<GoInputs> {
  const [list, work] = await Promise.all([
    runGo(repo, ["list", "-e", "-deps", "-json=Dir,Standard,EmbedFiles,Module", ...goPackages], options),
    runGo(repo, ["env", "GOWORK"], options),
  ]);
  const packages = list
    .split(/^(?=\{)/m)
    .filter((json) => json.trim() !== "")
    .map((json) => JSON.parse(json) as GoPackage);
  return inputsOf(packages, work.trim());
}

/** Pure: the packages that Go listed and the path of go.work ("" without one) -> what is to be watched. */
function inputsOf(packages: readonly GoPackage[], work: string): GoInputs {
  const folders = new Set<string>();
  const trees = new Set<string>();
  const files = new Set<string>(work === "" || work === "off" ? [] : [work, `${work}.sum`]);
  for (const { Dir, Standard, EmbedFiles, Module } of packages) {
    if (Standard || Dir === undefined || !isEditable(Module)) continue;
    folders.add(Dir);
    for (const file of EmbedFiles ?? []) {
      if (file.includes("/")) trees.add(join(Dir, file.slice(0, file.indexOf("/"))));
      else files.add(join(Dir, file));
    }
    const mod = Module?.Replace?.GoMod ?? Module?.GoMod;
    if (mod !== undefined) files.add(mod).add(join(dirname(mod), "go.sum"));
  }
  return { folders: [...folders].sort(), trees: [...trees].sort(), files: [...files].sort() };
}

/** Without a module it is the main package of a folder; a replacement without a version is a folder. */
function isEditable(module: GoPackage["Module"]): boolean {
  if (module === undefined || module.Main === true) return true;
  return module.Replace !== undefined && module.Replace.Version === undefined;
}

async function runGo(repo: string, args: readonly string[], options: GoInputsOptions): Promise<string> {
  await access(repo).catch((cause) => {
    throw failed(`there is no repository at ${repo}`, { hint: "clone it there, or correct the profile", cause });
  });
  const finished = await options.processes.run("go", args, {
    cwd: repo,
    env: { GOOS: options.platform.os, GOARCH: options.platform.arch, CGO_ENABLED: "0" },
    ...(options.signal && { signal: options.signal }),
  });
  options.signal?.throwIfAborted();
  if (finished.missing) throw noGo("Go is not installed");
  if (finished.code === 0) return finished.stdout;
  const where = await firstPlace("go", finished.output, repo);
  throw failed(`go ${args[0]} failed in ${repo}`, { where, output: finished.output });
}
