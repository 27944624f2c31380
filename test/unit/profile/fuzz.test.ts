import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import fc from "fast-check";
import { expect, it } from "vitest";
import { Failure, type Problem } from "../../../src/model/failure.ts";
import { loadProfile } from "../../../src/profile/load-profile.ts";
import { type Fixture, fixtures, HOME } from "../../harness/compose/fixture.ts";
import { type Mutation, mutate, mutations } from "../../harness/compose/mutations.ts";

/** `npm run fuzz` goes on for ten minutes, unless FUZZ_SECONDS says otherwise. */
const SECONDS = Number(process.env.FUZZ_SECONDS ?? 4);
/** Of the processor's time, which a machine that is busy with other tests does not change. A file takes milliseconds. */
const LIMIT_MS = 2000;

const all = fixtures();
const texts = new Map(all.map((fixture) => [fixture.name, textsOf(fixture)]));

function textsOf({ folder }: Fixture): ReadonlyMap<string, string> {
  const names = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  const paths = names
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((path) => !path.endsWith("expected.yaml"));
  return new Map(paths.map((path) => [path, readFileSync(path, "utf8")]));
}

/** The texts of a fixture, one of them mutated. */
function mutated({ name }: Fixture, which: number, changes: readonly Mutation[]): Map<string, string> {
  const files = new Map(texts.get(name));
  const path = [...files.keys()][which % files.size] ?? "";
  return files.set(path, mutate(files.get(path) ?? "", changes));
}

it("no mutation of a file crashes or hangs the loader, and every problem has a place in a file", {
  timeout: (SECONDS + 60) * 1000,
}, async () => {
  const cases = fc.tuple(fc.constantFrom(...all), fc.nat(9), mutations);
  const property = fc.asyncProperty(cases, ([fixture, which, changes]) =>
    judge(fixture, mutated(fixture, which, changes)),
  );
  // A failure is told with its seed and the path to it, and with the fewest changes that still show it.
  // Not interrupted by the clock: a machine that stands still before the first of them would have none.
  const end = performance.now() + SECONDS * 1000;
  do await fc.assert(property, { numRuns: 20 });
  while (performance.now() < end);
  expect(Object.keys(Object.prototype)).toEqual([]);
});

async function judge({ files, folder, environment }: Fixture, texts: ReadonlyMap<string, string>): Promise<void> {
  const readFile = async (path: string) => texts.get(path) ?? Promise.reject(absence(path, texts));
  const started = process.cpuUsage();
  const loading = loadProfile(files, { workspace: folder, environment, home: HOME, readFile });
  const loaded = await loading.catch((thrown: unknown) => thrown);
  const { user, system } = process.cpuUsage(started);
  expect((user + system) / 1000, describeTexts(texts, folder)).toBeLessThan(LIMIT_MS);
  if (loaded instanceof Failure) {
    expect(loaded.class, String(loaded.stack)).toBe("user");
    expect(loaded.problems.length).toBeGreaterThan(0);
    for (const problem of loaded.problems) expectPlace(problem, texts);
  } else if (loaded instanceof Error) {
    throw loaded;
  } else {
    for (const warning of (loaded as Awaited<typeof loading>).warnings) expectPlace(warning, texts);
  }
}

/** Node's own errors: a folder is there when something below it is. */
function absence(path: string, texts: ReadonlyMap<string, string>): Error {
  const isFolder = [...texts.keys()].some((other) => `${dirname(other)}/`.startsWith(`${path}/`));
  return Object.assign(new Error(`no ${path}`), { code: isFolder ? "EISDIR" : "ENOENT" });
}

function expectPlace({ message, where }: Problem, texts: ReadonlyMap<string, string>): void {
  expect(where, message).toBeDefined();
  if (where === undefined) return;
  const lines = texts.get(where.file)?.split("\n");
  expect(lines, `${message}: ${where.file} is none of the files`).toBeDefined();
  const line = lines?.[where.line - 1];
  expect(line, `${message}: there is no line ${where.line}`).toBeDefined();
  expect(where.column, message).toBeGreaterThan(0);
  expect(where.column, `${message}: column of ${line}`).toBeLessThanOrEqual((line ?? "").length + 1);
}

const describeTexts = (texts: ReadonlyMap<string, string>, folder: string) =>
  [...texts].map(([path, text]) => `${relative(folder, path)}:\n${text}`).join("\n");
