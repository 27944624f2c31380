import { cp, readdir } from "node:fs/promises";
import { join } from "node:path";
import { build } from "esbuild";
import { expect, test } from "vitest";
import { openPublication } from "../../../src/artifact/publish.ts";
import { systemProcesses } from "../../../src/host/process.ts";
import { temporaryFolder } from "./folders.ts";
import { ciWorkshop, contentsOf, newestIn } from "./publishing.ts";

/** A program, so that its functions of the file system can be counted: modules of Node's own cannot be changed. */
async function publisher(): Promise<string> {
  const outfile = join(await temporaryFolder(), "publish-and-die.cjs");
  const entryPoints = [join(import.meta.dirname, "publish-and-die.ts")];
  await build({ entryPoints, outfile, bundle: true, platform: "node", format: "cjs", logLevel: "error" });
  return outfile;
}

test("a publisher that is killed at any step leaves the last build as it was; the next completes it under its number", {
  timeout: 120_000,
}, async () => {
  const program = await publisher();
  const { folder: before, cache, store, built, tree, file, publish } = await ciWorkshop();
  await publish([await built("books", "one"), await built("web", "pages")]);
  const config = await tree({ "config.local.toml": "port = 1" });
  const next = [await built("books", "two", { config, setup: await file("#!/bin/sh") }), await built("web", "pages")];

  let step = 0;
  for (let wasKilled = true; wasKilled; ) {
    step += 1;
    const folder = await temporaryFolder();
    await cp(before, folder, { recursive: true });
    const env = { KILL_AT_STEP: String(step) };
    const args = [program, folder, cache, JSON.stringify(next)];
    const { signal, code, output } = await systemProcesses.run(process.execPath, args, { env });
    wasKilled = signal === "SIGKILL";
    if (!wasKilled) expect(code, output).toBe(0);

    const { books } = await newestIn(folder);
    const said = await contentsOf(books);
    expect([["one"], ["two", expect.any(String), "#!/bin/sh"]]).toContainEqual(said);
    expect(said.length === 1 ? "ci:1" : "ci:2").toBe(books?.name);

    const { signal: never } = new AbortController();
    const publication = await openPublication(folder);
    const done = await publication.publish(next, {
      store,
      number: undefined,
      at: "2026-11-21T11:00:00Z",
      signal: never,
    });
    expect(done.manifest.build).toBe(2);
    expect((await newestIn(folder)).books?.name).toBe("ci:2");
    expect((await contentsOf((await newestIn(folder)).books))[0]).toBe("two");
    expect(await readdir(join(folder, "builds"))).toEqual(["1", "2"]);
  }
  // Folders, two files, a tree, three manifests, two renames: fewer would mean that they are not counted.
  expect(step).toBeGreaterThan(12);
});
