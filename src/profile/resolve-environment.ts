import { dirname } from "node:path";
import type { ServiceData } from "./compose-schema.ts";
import { parseDotEnv } from "./dotenv.ts";
import type { Lookup } from "./interpolate.ts";
import type { Path } from "./located.ts";
import { inFolder } from "./place.ts";
import type { Surroundings } from "./resolve-surroundings.ts";
import type { TextMap } from "./schema-parts.ts";
import { valueAt } from "./schema-problems.ts";
import type { SourceText } from "./source-text.ts";

type Values = Readonly<Record<string, string>>;

/** CLUSTER_ENV, then the files of `env_file` in their order, then `environment`: the later wins. */
export async function environmentOf(name: string, data: ServiceData, around: Surroundings): Promise<Values> {
  const files = (data.env_file ?? []).map((entry) => (typeof entry === "string" ? { path: entry } : entry));
  const fromFiles = await readAll(["services", name, "env_file"], files, around);
  const own = withValues(data.environment ?? {}, around.lookup);
  return { CLUSTER_ENV: around.clusterEnvironment, ...fromFiles, ...own };
}

/** The files of `label_file` in their order, then `labels`. */
export async function labelsOf(name: string, data: ServiceData, around: Surroundings): Promise<Values> {
  const files = (data.label_file ?? []).map((path) => ({ path }));
  return { ...(await readAll(["services", name, "label_file"], files, around)), ...data.labels };
}

interface NamedFile {
  readonly path: string;
  readonly required?: boolean | undefined;
  readonly format?: "raw" | undefined;
}

async function readAll(path: Path, files: readonly NamedFile[], around: Surroundings): Promise<Values> {
  const values: Record<string, string> = {};
  // A file's values may use those of the files before it.
  const lookup: Lookup = (name) => around.lookup(name) ?? (Object.hasOwn(values, name) ? values[name] : undefined);
  for (const [index, { path: written, required = true, format }] of files.entries()) {
    const file = inFolder(dirname(around.file), written, around.home);
    const text = await readText(file, around);
    if (typeof text === "string") {
      Object.assign(values, format === "raw" ? rawValues(text) : dotEnvValues({ file, text }, lookup, around));
    } else if (required || text.reason !== MISSING) {
      // `env_file: one` and `env_file: [one, two]` are both allowed.
      const place = Array.isArray(valueAt(around.raw, path)) ? [...path, index] : path;
      around.problems.at(place, `the ${path.at(-1)} ${file} ${text.reason}`);
    }
  }
  return values;
}

const MISSING = "is not there";

async function readText(file: string, { readFile }: Surroundings): Promise<string | { readonly reason: string }> {
  try {
    return (await readFile(file)).replace(/^\uFEFF/, "");
  } catch (error) {
    const isMissing = ["ENOENT", "ENOTDIR"].includes((error as NodeJS.ErrnoException).code ?? "");
    return { reason: isMissing ? MISSING : "cannot be read" };
  }
}

function dotEnvValues(source: SourceText, lookup: Lookup, { problems }: Surroundings): Values {
  const { values, flaws } = parseDotEnv(source.text, lookup);
  for (const { offset, message, hint, isWarning = false } of flaws) {
    if (isWarning) problems.warn({ source, offset }, message, hint);
    else problems.atPlace({ source, offset }, message, hint);
  }
  return values;
}

/** `format: raw`: each line as it stands. */
function rawValues(text: string): Values {
  const lines = text.split(/\r?\n/).filter((line) => /^[^#=\s][^=]*=/.test(line));
  return Object.fromEntries(lines.map((line) => [line.slice(0, line.indexOf("=")), line.slice(line.indexOf("=") + 1)]));
}

/** Fills the values that were left out; what has none then is left out, too. */
export function withValues(map: TextMap, missing: (key: string) => string | undefined): Record<string, string> {
  const filled = Object.entries(map).map(([key, value]) => [key, value ?? missing(key)] as const);
  return Object.fromEntries(filled.filter((entry): entry is [string, string] => entry[1] !== undefined));
}
