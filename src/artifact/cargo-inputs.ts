import { homedir } from "node:os";
import { dirname, join } from "node:path";
import type { Finished, Processes } from "../host/process.ts";
import type { CargoBuilder } from "../model/builder.ts";
import { failed } from "../model/failure.ts";
import { noRust } from "./cargo-target.ts";
import { firstPlace } from "./place-in-output.ts";
import { type Sources, treeSources } from "./sources.ts";

/** The fields of `cargo metadata` that are looked at. */
interface Metadata {
  readonly packages: readonly CargoPackage[];
  readonly workspace_root: string;
}

interface CargoPackage {
  /** Null for one of a folder. */
  readonly source: string | null;
  readonly manifest_path: string;
  readonly dependencies: readonly { readonly path?: string }[];
}

export interface CargoInputsOptions {
  readonly processes: Processes;
  readonly environment: Readonly<NodeJS.ProcessEnv>;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Asks cargo which packages lie in folders of this machine: those of the workspace and those that depend on a path. All
 * that is in their folders may be part of a binary (`include_str!`, build scripts), so the folders matter whole; what
 * ignore files leave out, `target` among it, is for the caller to take away. Nothing is fetched: where a dependency is
 * not here yet, the workspace and the paths that it names itself are what is known.
 * @throws Failure: no cargo (environment), or what cargo said (exit 1); the signal's reason when it was cancelled.
 */
export async function cargoInputs(repo: string, builder: CargoBuilder, options: CargoInputsOptions): Promise<Sources> {
  // A lock file that does not fit would be written: the work tree is not ours to change.
  const whole = await runCargo(repo, builder, ["--locked"], options);
  const finished = whole.code === 0 ? whole : await runCargo(repo, builder, ["--no-deps"], options);
  if (finished.missing) throw noRust("cargo is not installed");
  if (finished.code !== 0) {
    const where = await firstPlace("cargo", finished.output, repo);
    throw failed(`cargo metadata failed in ${repo}`, { where, output: finished.output });
  }
  const { CARGO_HOME, HOME } = { ...options.environment, ...builder.env };
  const home = CARGO_HOME || join(HOME || homedir(), ".cargo");
  const beside = [...settingsAbove(repo), join(home, "config.toml"), join(home, "config")];
  return { ...madeOf(JSON.parse(finished.stdout) as Metadata), beside, isWhole: whole.code === 0 };
}

/** Pure. */
function madeOf({ packages, workspace_root: root }: Metadata): Sources {
  const own = packages.filter(({ source }) => source === null);
  const paths = own.flatMap(({ dependencies }) => dependencies.flatMap(({ path }) => path ?? []));
  const trees = new Set([...own.map((each) => dirname(each.manifest_path)), ...paths]);
  const files = ["Cargo.toml", "Cargo.lock"].map((file) => join(root, file));
  return treeSources(withoutNested([...trees]), files);
}

const withoutNested = (folders: readonly string[]): string[] =>
  folders.filter((folder) => !folders.some((other) => folder.startsWith(`${other}/`)));

/** Where cargo and rustup look for settings, from a folder up. */
function settingsAbove(folder: string): string[] {
  const names = [".cargo/config.toml", ".cargo/config", "rust-toolchain.toml", "rust-toolchain"];
  const here = names.map((name) => join(folder, name));
  return dirname(folder) === folder ? here : [...here, ...settingsAbove(dirname(folder))];
}

async function runCargo(
  repo: string,
  { features, env }: CargoBuilder,
  args: readonly string[],
  { processes, signal }: CargoInputsOptions,
): Promise<Finished> {
  const chosen = features.length === 0 ? [] : ["--features", features.join(",")];
  const all = ["metadata", "--offline", "--format-version", "1", ...chosen, ...args];
  const finished = await processes.run("cargo", all, { cwd: repo, env: { ...env }, ...(signal && { signal }) });
  signal?.throwIfAborted();
  return finished;
}
