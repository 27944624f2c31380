import { readFile } from "node:fs/promises";
import { join } from "node:path";
import fc from "fast-check";
import { expect, test } from "vitest";
import { buildLocal } from "../../../src/artifact/local-build.ts";
import { openStore } from "../../../src/artifact/store.ts";
import type { BuildMemory } from "../../../src/flow/build-memory.ts";
import { stopwatch } from "../../../src/host/clock.ts";
import { interrupted } from "../../../src/model/failure.ts";
import { HERE } from "../artifact/folders.ts";
import { goService } from "../artifact/service.ts";
import { nextTick, swappable, workshop } from "./remembered-builds.ts";

const module = (...lines: string[]) => `${lines.join("\n")}\n`;
const main = (...imports: string[]) =>
  module(
    "package main",
    ...imports.map((name) => `import "m/${name}"`),
    `func main() { println(${imports.map((name) => `${name}.Word()`).join(", ") || '"nothing"'}) }`,
  );
const word = (name: string, text: string) => module(`package ${name}`, `func Word() string { return "${text}" }`);
const EMBEDS = module(
  ...["package c", 'import "embed"', "//go:embed *.txt", "var files embed.FS"],
  'func Word() string { list, _ := files.ReadDir("."); all := ""',
  "for _, file := range list { text, _ := files.ReadFile(file.Name()); all += string(text) }; return all }",
);

/** Each file with what it may be; undefined is that it is not there. The first is what it is in the beginning. */
const FILES: Readonly<Record<string, readonly (string | undefined)[]>> = {
  "cmd/books/main.go": [main("a", "c"), main("a", "b", "c"), main("c"), main("b"), "package main\n\nfunc main() {"],
  "a/a.go": [
    word("a", "one"),
    word("a", "two"),
    module("package a", 'import "m/b"', "func Word() string { return b.Word() }"),
  ],
  "a/more.go": [undefined, module("package a", 'func init() { println("more") }')],
  "a/a_test.go": [undefined, "package a\n"],
  "b/b.go": [word("b", "one"), word("b", "two")],
  "b/go.mod": [undefined, "module other\n"],
  "c/c.go": [EMBEDS],
  "c/one.txt": ["1", "2"],
  "c/two.txt": [undefined, "two"],
  "c/.hidden.txt": [undefined, "hidden"],
  "go.mod": ["module m\n\ngo 1.19\n", "module m\n\ngo 1.20\n"],
};
const PATHS = Object.keys(FILES);

interface Edit {
  readonly path: string;
  readonly text: string | undefined;
}
interface Meanwhile {
  readonly edit: Edit;
  /** When it comes, as a part of the time that a build takes on this machine at this hour. */
  readonly after: number;
  readonly isCutShort: boolean;
}

const edit = fc
  .constantFrom(...PATHS)
  .chain((path) => fc.record({ path: fc.constant(path), text: fc.constantFrom(...(FILES[path] ?? [])) }));
/** What happens: edits, then a save; and maybe one more edit some time after its build began. */
const step = fc.record({
  edits: fc.array(edit, { minLength: 1, maxLength: 2 }),
  meanwhile: fc.option(
    fc.record({ edit, after: fc.double({ min: 0, max: 1.1, noNaN: true }), isCutShort: fc.boolean() }),
    { freq: 3 },
  ),
  isRestarted: fc.boolean(),
});

test("whatever is edited and taken back, what is chosen is what a clean build gives", {
  timeout: 300_000,
}, async () => {
  const shop = await workshop();
  const service = swappable(goService(shop.repo, "./cmd/books"), shop.repo);
  const cleanCache = join(shop.folder, "clean");
  const clean = new Map<string, string>();
  let [saves, reused, buildMs] = [0, 0, 500];

  const state = async () => {
    const texts = PATHS.map((path) => readFile(join(shop.repo, path), "utf8").catch(() => null));
    return JSON.stringify(await Promise.all(texts));
  };
  /** Of what the files are now, by Go alone, with another cache folder. */
  const cleanBuild = async () => {
    const key = await state();
    const known = clean.get(key);
    if (known !== undefined) return known;
    const options = { ...shop.machine, store: openStore(cleanCache), cacheFolder: cleanCache };
    const elapsed = stopwatch(shop.machine.clock);
    const digest = await buildLocal(service, HERE, options).then(
      ({ artifact }) => artifact.digest as string,
      () => "does not build",
    );
    clean.set(key, digest);
    if (digest !== "does not build") buildMs = elapsed();
    return digest;
  };
  const built = (memory: BuildMemory, signal = shop.machine.signal) =>
    memory.build(service, { ...shop.machine, signal }).catch(() => undefined);

  /** Without a race against the build. */
  const knownBuild = async (memory: BuildMemory) => {
    const known = await memory.known(service, shop.machine);
    if (known !== undefined) expect(known.artifact.digest).toBe(await cleanBuild());
    return known;
  };

  const apply = ({ path, text }: Edit) => shop.write({ [path]: text });
  const learn = (memory: BuildMemory) => shop.learn(memory, service).catch(() => undefined);
  /** The edit makes the build void, as in the save loop; where it has ended before, what it is made of is learnt. */
  const editMeanwhile = async (memory: BuildMemory, { edit: late, after, isCutShort }: Meanwhile) => {
    const over = new AbortController();
    const building = built(memory, over.signal);
    await shop.machine.clock.sleep(after * buildMs);
    await apply(late);
    if (isCutShort) over.abort(interrupted());
    await building;
    await learn(memory);
  };

  const property = fc.asyncProperty(fc.array(step, { minLength: 8, maxLength: 12 }), async (steps) => {
    let memory = shop.memory();
    for (const path of PATHS) await apply({ path, text: FILES[path]?.[0] });
    await learn(memory);
    for (const { edits, meanwhile, isRestarted } of steps) {
      if (isRestarted) memory = shop.memory();
      for (const each of edits) await apply(each);
      if (meanwhile !== null) await editMeanwhile(memory, meanwhile);
      await nextTick();
      const known = await knownBuild(memory);
      const result = await built(memory);
      expect(result?.release.artifact.digest ?? "does not build").toBe(await cleanBuild());
      await learn(memory);
      saves += 1;
      reused += Number(known !== undefined);
    }
  });
  await fc.assert(property, { numRuns: Number(process.env.MEMORY_RUNS ?? 3), endOnFailure: true });
  expect(reused, `of ${saves} saves`).toBeGreaterThan(saves / 10);
});
