/**
 * `npm run build`: src/main.ts as dist/devenv.js and the chunks it loads when they are needed.
 *
 * A devenv that runs goes on running: chunks are named by their content and never changed, the entry is replaced by one
 * rename, and a chunk that is no longer part of the build stays for a day.
 */
import { chmodSync, mkdirSync, readdirSync, renameSync, rmSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { basename, dirname, join, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import type { BuildOptions, LogLevel, OutputFile } from "esbuild";
import { build } from "esbuild";
import { lazyNames } from "./bundle/lazy-names.ts";
import { loadedTogether, type Together } from "./bundle/loaded-together.ts";
import { neverUsed } from "./bundle/never-used.ts";

/** Packages in CommonJS ask for Node's modules by `require`, and for their own place, which a module does not have. */
const PREAMBLES: readonly (readonly [RegExp, string])[] = [
  [
    /\brequire\b/,
    'import{createRequire as __createRequire}from"node:module";const require=__createRequire(import.meta.url);\n',
  ],
  [
    /\b__filename\b/,
    'import{fileURLToPath as __fileURLToPath}from"node:url";const __filename=__fileURLToPath(import.meta.url);\n',
  ],
];

const ROOT = dirname(import.meta.dirname);
const source = (path: string): string => join(ROOT, "src", path);

/** What every command loads that asks how a cluster is, and what brings one up; pull-all does neither. */
const TOGETHER: Together = {
  layers: [
    ["profile/open-profile.ts", "flow/cluster.ts", "docker/connect.ts", "flow/status.ts"].map(source),
    ["flow/up.ts"].map(source),
  ],
  apart: ["flow/pull-all.ts", "profile/workspace.ts"].map(source),
};

/** docker-modem brings a copy of Node's streams along, which is 60 kB to load. */
const OWN_STREAMS = { "readable-stream": "node:stream" };

const DAY_MS = 24 * 60 * 60 * 1000;

/** The time stamp of a chunk that is part of the build; a retired one carries the time of its retirement. */
const IN_USE = new Date(0);

export interface Bundled {
  /** Bytes of the entry, and of all files together. */
  readonly entry: number;
  readonly total: number;
  readonly files: number;
}

export interface BundleOptions {
  readonly logLevel?: LogLevel;
  /** What is loaded together, beyond what the entry imports at once; without it, nothing is brought together. */
  readonly together?: Together;
}

export async function bundle(entry: string, outdir: string, options: BundleOptions = {}): Promise<Bundled> {
  const { logLevel = "silent", together } = options;
  const settings = {
    entryPoints: { devenv: entry },
    outdir,
    bundle: true,
    splitting: true,
    format: "esm",
    platform: "node",
    target: "node20",
    chunkNames: "chunks/[name]-[hash]",
    minifyWhitespace: true,
    minifySyntax: true,
    alias: OWN_STREAMS,
    define: { "process.env.NODE_ENV": '"production"', "process.env.DEV": '"false"' },
    loader: { ".sh": "text", ".node": "empty" },
    legalComments: "external",
    jsx: "automatic",
    logLevel,
    plugins: [neverUsed, lazyNames],
  } as const satisfies BuildOptions;
  const first = together === undefined ? [] : [await loadedTogether(entry, together, settings)];
  const plugins = [...first, ...settings.plugins];
  const { outputFiles } = await build({ ...settings, plugins, write: false });
  publish(outputFiles, outdir);
  const sizes = outputFiles.map((file) => ({ name: basename(file.path), bytes: file.contents.length }));
  return {
    entry: sizes.find((file) => file.name === "devenv.js")?.bytes ?? 0,
    total: sizes.reduce((sum, file) => sum + file.bytes, 0),
    files: sizes.length,
  };
}

/** Chunks first, the entry last: at every moment the entry's chunks are there. */
function publish(files: readonly OutputFile[], outdir: string): void {
  mkdirSync(join(outdir, "chunks"), { recursive: true });
  const entryLast = [...files].sort((a, b) => Number(isEntry(a)) - Number(isEntry(b)));
  for (const file of entryLast) {
    // Beside its place, so that the rename stays on one file system; several builds may run at once.
    const draft = `${file.path}.${process.pid}.draft`;
    writeFileSync(draft, withPreamble(file));
    if (isEntry(file)) chmodSync(draft, 0o755);
    utimesSync(draft, IN_USE, IN_USE);
    renameSync(draft, file.path);
  }
  retire(outdir, new Set(files.map((file) => relative(outdir, file.path))));
}

function isEntry(file: OutputFile): boolean {
  return basename(file.path) === "devenv.js";
}

function withPreamble(file: OutputFile): string {
  if (!file.path.endsWith(".js")) return file.text;
  const shebang = isEntry(file) ? "#!/usr/bin/env node\n" : "";
  const needed = PREAMBLES.filter(([pattern]) => pattern.test(file.text)).map(([, code]) => code);
  return shebang + needed.join("") + file.text;
}

function retire(outdir: string, current: ReadonlySet<string>): void {
  const now = new Date();
  for (const name of readdirSync(outdir, { recursive: true, encoding: "utf8" })) {
    const path = join(outdir, name);
    const stat = statSync(path, { throwIfNoEntry: false });
    if (current.has(name) || !stat?.isFile()) continue;
    if (stat.mtimeMs === IN_USE.getTime()) utimesSync(path, now, now);
    else if (now.getTime() - stat.mtimeMs > DAY_MS) rmSync(path, { force: true });
  }
}

function kb(bytes: number): string {
  return `${Math.ceil(bytes / 1024)} kB`;
}

async function main(): Promise<void> {
  const started = performance.now();
  const { entry, total, files } = await bundle(source("main.ts"), join(ROOT, "dist"), {
    logLevel: "warning",
    together: TOGETHER,
  });
  const ms = Math.round(performance.now() - started);
  process.stdout.write(`dist/devenv.js ${kb(entry)}, ${files} files ${kb(total)} in all, built in ${ms} ms\n`);
}

if (process.argv[1] !== undefined && resolve(process.argv[1]) === fileURLToPath(import.meta.url)) {
  // esbuild has already said what is wrong, with its place.
  await main().catch((error: unknown) => {
    if (!(error instanceof Error && "errors" in error)) throw error;
    process.exitCode = 1;
  });
}
