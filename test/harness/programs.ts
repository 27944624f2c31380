import { createHash } from "node:crypto";
import { chmod, mkdir, mkdtemp, readdir, readFile, rename, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { systemProcesses } from "../../src/host/process.ts";

const SOURCES = join(import.meta.dirname, "../fixtures/programs");
const COMPOSE_GO = join(import.meta.dirname, "../fixtures/compose-go");

/** Programs that behave, and that misbehave each in its own way; test/fixtures/programs says how. */
const PROGRAMS = [
  "answers",
  "crashes-at-start",
  "crashes-after",
  "never-listens",
  "ignores-term",
  "floods-log",
  "floods-when-asked",
  "counts",
  "unhealthy",
  "speaks",
] as const;
export type ProgramName = (typeof PROGRAMS)[number];

export interface Programs {
  /** The folder that holds them all, to be mounted into a container. */
  readonly folder: string;
  /** Path of each on this machine. */
  readonly path: Readonly<Record<ProgramName, string>>;
}

/** The programs as static executables; built when their sources changed, else found where the last run left them. */
export async function programs(): Promise<Programs> {
  const folder = await built("all", (out) => ["-o", `${out}/`, "./..."]);
  const path = Object.fromEntries(PROGRAMS.map((name) => [name, join(folder, name)]));
  return { folder, path: path as Record<ProgramName, string> };
}

/** Path of an `answers` that says this version: every version is another file, as another build of a service is. */
export async function answersSaying(version: string): Promise<string> {
  const flags = `-s -w -X 'main.version=${version}'`;
  return join(await built(version, (out) => ["-ldflags", flags, "-o", join(out, "answers"), "./answers"]), "answers");
}

/** Path of the program that says what the reference implementation of Compose makes of files. */
export async function composeGo(): Promise<string> {
  return join(await built("compose-go", (out) => ["-o", join(out, "compose-go"), "."], COMPOSE_GO), "compose-go");
}

async function built(what: string, args: (out: string) => string[], sources = SOURCES): Promise<string> {
  const hash = createHash("sha256").update(`${what}\n${process.arch}\n`);
  for (const name of (await readdir(sources, { recursive: true })).sort()) {
    if (/\.(go|mod|sum)$/.test(name)) hash.update(`${name}\n`).update(await readFile(join(sources, name)));
  }
  const cache = join(tmpdir(), "devenv-test-programs");
  const folder = join(cache, hash.digest("hex").slice(0, 16));
  if (await stat(folder).catch(() => undefined)) return folder;
  await mkdir(cache, { recursive: true });
  // Renamed when whole: test files may build at the same time, and a run may be killed.
  const draft = await mkdtemp(join(cache, "draft-"));
  // Programs run in containers as other users too.
  await chmod(draft, 0o755);
  const env = { CGO_ENABLED: "0", GOOS: "linux", GOTOOLCHAIN: "local", GOWORK: "off" };
  const finished = await systemProcesses.run("go", ["build", "-trimpath", ...args(draft)], { cwd: sources, env });
  if (finished.code !== 0) throw new Error(`the test programs do not build: ${finished.output || "is Go installed?"}`);
  try {
    await rename(draft, folder);
  } catch {
    // Another one was first, with the same content.
    await rm(draft, { recursive: true });
  }
  return folder;
}
