import { readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { BuildJob, BuildRun } from "./build-job.ts";
import type { CargoTarget } from "./cargo-triples.ts";
import { crossCompiler } from "./cross-compiler.ts";
import { hostPlatform, isSamePlatform } from "./platforms.ts";

/** `aarch64-unknown-linux-musl` -> `CARGO_TARGET_AARCH64_UNKNOWN_LINUX_MUSL_` and the key. */
const variable = (triple: string, key: "LINKER" | "RUSTFLAGS"): string =>
  `CARGO_TARGET_${triple.toUpperCase().replace(/[-.]/g, "_")}_${key}`;

/**
 * The variables with which cargo links for a target: a linker that is made for another platform, unless the person has
 * named one, and the C library linked in where the image has none.
 * @throws Failure (environment) that names the linker that is missing.
 */
export async function linking(
  { triple, isStatic }: CargoTarget,
  job: BuildJob,
  how: BuildRun,
): Promise<Record<string, string>> {
  const flags = isStatic && triple.includes("-gnu") ? { [variable(triple, "RUSTFLAGS")]: STATIC } : {};
  const linker = variable(triple, "LINKER");
  const isNamed = [how.environment, job.service.build?.env ?? {}].some((variables) => Boolean(variables[linker]));
  if (isNamed || (await isConfigured(triple, job.repo, how.environment))) return flags;
  const suitable = suitableLinker(triple, job, how);
  return suitable === undefined ? flags : { ...flags, [linker]: suitable };
}

const STATIC = "-C target-feature=+crt-static";

/** Undefined where rustc finds one by itself. */
function suitableLinker(triple: string, { service, platform }: BuildJob, how: BuildRun): string | undefined {
  if (isSamePlatform(platform, hostPlatform())) return undefined;
  // The musl targets bring their C library along, so that the linker which rustc brings is enough.
  if (triple.includes("-musl")) return "rust-lld";
  const isGcc = platform.os === "linux" || triple.endsWith("-windows-gnu");
  return isGcc ? crossCompiler(service.name, platform, how.environment) : undefined;
}

/** Whether a `.cargo/config.toml` of the repository, of a folder above it or of the person names a linker. */
async function isConfigured(
  triple: string,
  repo: string,
  { CARGO_HOME, HOME = "" }: Readonly<NodeJS.ProcessEnv>,
): Promise<boolean> {
  const folders = [CARGO_HOME || join(HOME, ".cargo")];
  for (let folder = repo; ; folder = dirname(folder)) {
    folders.push(join(folder, ".cargo"));
    if (dirname(folder) === folder) break;
  }
  const files = folders.flatMap((folder) => [join(folder, "config.toml"), join(folder, "config")]);
  const texts = await Promise.all(files.map((file) => readFile(file, "utf8").catch(() => "")));
  return texts.some((text) => linkerOf(text, triple) !== undefined);
}

/** Pure: the linker that a `[target.TRIPLE]` of cargo's settings names, or as much of its line as there is. */
export function linkerOf(settings: string, triple: string): string | undefined {
  const sections = settings.split(/^[ \t]*(?=\[)/m);
  const own = sections.find((section) => section.replace(/["']/g, "").startsWith(`[target.${triple}]`));
  return /^[ \t]*linker[ \t]*=[ \t]*(.+)$/m.exec(own ?? "")?.[1]?.trim();
}
