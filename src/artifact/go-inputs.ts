import { access } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { Processes } from "../host/process.ts";
import type { Platform } from "../model/artifact.ts";
import type { GoBuilder } from "../model/builder.ts";
import { failed } from "../model/failure.ts";
import type { FileSet } from "../swap/route.ts";
import { noGo } from "./go-build.ts";
import { embeddedIn } from "./go-embed.ts";
import { firstPlace } from "./place-in-output.ts";
import type { Sources } from "./sources.ts";

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

/** How a Go binary is built, as far as it decides what it is made of. */
export type GoRecipe = Pick<GoBuilder, "packages" | "tags" | "cgo" | "env">;

/** The fields of `go list -json` that are asked for. */
const FIELDS = "Dir,Name,Standard,EmbedPatterns,EmbedFiles,Module,Error";
interface GoPackage {
  readonly Dir?: string;
  readonly Name?: string;
  readonly Standard?: boolean;
  readonly EmbedPatterns?: readonly string[];
  readonly EmbedFiles?: readonly string[];
  readonly Module?: {
    readonly GoMod?: string;
    readonly Replace?: { readonly GoMod?: string };
  };
  readonly Error?: object;
}

/**
 * Asks Go what a binary is made of: the packages of the main modules (several with go.work), of modules replaced by a
 * local folder and of `vendor`; what comes from the module cache does not change. Code that does not compile is no
 * obstacle, a go.mod that cannot be read is.
 * @throws Failure: no Go (environment), or what go said (exit 1); the signal's reason when it was cancelled.
 */
export async function goInputs(repo: string, recipe: GoRecipe, options: GoInputsOptions): Promise<Sources> {
  const tags = recipe.tags.length === 0 ? [] : [`-tags=${recipe.tags.join(",")}`];
  const [list, surroundings] = await Promise.all([
    runGo(repo, ["list", "-e", "-deps", `-json=${FIELDS}`, ...tags, ...recipe.packages], recipe, options),
    runGo(repo, ["env", "GOWORK", "GOMODCACHE", "GOFLAGS"], recipe, options),
  ]);
  const packages = list
    .split(/^(?=\{)/m)
    .filter((json) => json.trim() !== "")
    .map((json) => JSON.parse(json) as GoPackage);
  const [work = "", moduleCache = "", flags = ""] = surroundings.split("\n");
  const isWhole = packages.every((each) => each.Error === undefined) && !isOpen(recipe, flags);
  return { ...madeOf(packages, work, moduleCache, repo), isWhole };
}

/** A pattern takes in packages that are not there yet, and these flags bring in files that Go does not list. */
const isOpen = ({ packages }: GoRecipe, flags: string): boolean =>
  packages.some((each) => each.includes("...")) || /-(overlay|modfile|pgo|toolexec|C)\b/.test(flags);

/** Pure. `work` is the path of go.work, "" without one. */
function madeOf(
  packages: readonly GoPackage[],
  work: string,
  moduleCache: string,
  repo: string,
): Omit<Sources, "isWhole"> {
  const own = packages.flatMap(({ Dir, ...rest }) =>
    rest.Standard || Dir === undefined || Dir.startsWith(`${moduleCache}/`) ? [] : [{ ...rest, Dir }],
  );
  const mods = own.flatMap(({ Module }) => Module?.Replace?.GoMod ?? Module?.GoMod ?? []);
  const hasWork = work !== "" && work !== "off";
  const files = new Set<string>(hasWork ? [work, `${work}.sum`] : []);
  for (const mod of mods) files.add(mod).add(join(dirname(mod), "go.sum"));
  const folders = [...new Set(own.map(({ Dir }) => Dir))].sort();
  const embedded = own.map(({ Dir, EmbedPatterns = [], EmbedFiles = [] }) =>
    embeddedIn(Dir, EmbedPatterns, EmbedFiles),
  );
  for (const each of embedded) for (const file of each.files) files.add(file);
  return {
    folders,
    endings: GO_ENDINGS,
    globs: embedded.flatMap(({ globs }) => globs),
    trees: [...new Set(embedded.flatMap(({ trees }) => trees))].sort(),
    files: [...files].sort(),
    beside: besides(own, [...new Set([...mods, ...(hasWork ? [work] : [])])], repo, files),
    embedsHidden: embedded.some(({ embedsHidden }) => embedsHidden),
  };
}

/**
 * Files that would change what is built if they came or went: a go.work anywhere above, a go.mod that makes a package
 * another module's, the list of what is vendored, and the profile that Go optimises a program by.
 */
function besides(
  own: readonly { readonly Dir: string; readonly Name?: string }[],
  roots: readonly string[],
  repo: string,
  known: ReadonlySet<string>,
): string[] {
  const tops = new Set(roots.map(dirname));
  const between = own.flatMap(({ Dir }) => foldersUpTo(Dir, tops));
  const all = [
    ...foldersUpTo(repo, new Set()).map((folder) => join(folder, "go.work")),
    ...between.map((folder) => join(folder, "go.mod")),
    ...[...tops].map((folder) => join(folder, "vendor", "modules.txt")),
    ...own.flatMap(({ Dir, Name }) => (Name === "main" ? [join(Dir, "default.pgo")] : [])),
  ];
  return [...new Set(all)].filter((file) => !known.has(file)).sort();
}

/** A folder and those above it, as far as one of the tops or the root of the file system. */
function foldersUpTo(folder: string, tops: ReadonlySet<string>): string[] {
  if (tops.has(folder) || dirname(folder) === folder) return [folder];
  return [folder, ...foldersUpTo(dirname(folder), tops)];
}

/**
 * What Go passes over though it lies there: a test is no part of a binary, and names that begin with a dot or an
 * underscore are not compiled, nor embedded with their folder.
 */
export function passedOverByGo({ folders, trees, globs, embedsHidden }: Sources): NonNullable<FileSet["leftOut"]> {
  const packages = new Set(folders);
  const isEmbedded = (path: string) =>
    trees.some((tree) => path.startsWith(`${tree}/`)) || globs.some(({ folder }) => path.startsWith(`${folder}/`));
  return (path) => {
    if (/\/[._][^/]*$/.test(path) && !embedsHidden) return "Go passes over names that begin like this";
    const isTest = path.endsWith("_test.go") && packages.has(dirname(path)) && !isEmbedded(path);
    return isTest ? "a test is not part of the binary" : undefined;
  };
}

async function runGo(
  repo: string,
  args: readonly string[],
  { cgo, env }: GoRecipe,
  { processes, platform, signal }: GoInputsOptions,
): Promise<string> {
  await access(repo).catch((cause) => {
    throw failed(`there is no repository at ${repo}`, { hint: "clone it there, or correct the profile", cause });
  });
  const finished = await processes.run("go", args, {
    cwd: repo,
    env: { GOOS: platform.os, GOARCH: platform.arch, CGO_ENABLED: cgo ? "1" : "0", ...env },
    ...(signal && { signal }),
  });
  signal?.throwIfAborted();
  if (finished.missing) throw noGo("Go is not installed");
  if (finished.code === 0) return finished.stdout;
  const where = await firstPlace("go", finished.output, repo);
  throw failed(`go ${args[0]} failed in ${repo}`, { where, output: finished.output });
}
