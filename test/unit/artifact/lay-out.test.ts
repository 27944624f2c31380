import { chmod, lstat, mkdtemp, readdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { build } from "esbuild";
import { beforeAll, describe, expect, test } from "vitest";
import { layOut } from "../../../src/artifact/lay-out.ts";
import { treeDigest } from "../../../src/artifact/pack.ts";
import { systemProcesses } from "../../../src/host/process.ts";
import { digestOf, fill, temporaryFolder } from "./folders.ts";

const PROGRAM = Buffer.alloc(3000, "new");

/** Results of a build, and what an earlier one left in dist. */
async function workbench() {
  const root = await temporaryFolder();
  const [program, folder, dist] = [join(root, "program"), join(root, "folder"), join(root, "dist/linux-amd64")];
  await fill(root, {
    program: PROGRAM,
    "folder/books": PROGRAM,
    "folder/css/a.css": "new",
    "dist/linux-amd64/program": "old",
    "dist/linux-amd64/folder/books": "old",
    "dist/linux-amd64/folder/gone": "old",
  });
  return { root, program, folder, dist };
}

describe("what is laid out", () => {
  test("of a program is one that can be started, named by its content, in place of the last", async () => {
    const { program, dist } = await workbench();
    const path = join(dist, "program");
    expect(await layOut(program, "file", path)).toEqual({ digest: digestOf(PROGRAM), size: PROGRAM.length });
    expect(await readFile(path)).toEqual(PROGRAM);
    expect((await lstat(path)).mode & 0o777).toBe(0o755);
    expect((await readdir(dist)).sort()).toEqual(["folder", "program"]);
  });

  test("of a folder has what the build made, and nothing of the last", async () => {
    const { folder, dist } = await workbench();
    await symlink("a.css", join(folder, "css/b.css"));
    for (const each of ["books", "css/a.css", "css", ""])
      await chmod(join(folder, each), each === "css/a.css" ? 0o444 : 0o555);
    const path = join(dist, "folder");
    const laidOut = await layOut(folder, "tree", path);
    expect(laidOut).toEqual({ digest: await treeDigest(folder), size: PROGRAM.length + 6 });
    expect((await readdir(path)).sort()).toEqual(["books", "css"]);
    expect((await lstat(join(path, "css/b.css"))).isFile()).toBe(true);
    const modes = ["", "books", "css", "css/a.css"].map(async (each) => (await lstat(join(path, each))).mode & 0o777);
    expect(await Promise.all(modes)).toEqual([0o755, 0o755, 0o755, 0o644]);
  });

  test("takes the place of the other kind", async () => {
    const { program, folder, dist } = await workbench();
    await layOut(program, "file", join(dist, "folder"));
    await layOut(folder, "tree", join(dist, "program"));
    expect(await readFile(join(dist, "folder"))).toEqual(PROGRAM);
    expect((await readdir(join(dist, "program"))).sort()).toEqual(["books", "css"]);
  });

  test("is nothing of a folder with a link out of it: the last stays", async () => {
    const { folder, dist } = await workbench();
    await symlink("/etc/passwd", join(folder, "passwd"));
    await expect(layOut(folder, "tree", join(dist, "folder"))).rejects.toMatchObject({ exitCode: 1 });
    expect(await readFile(join(dist, "folder/books"), "utf8")).toBe("old");
    expect((await readdir(dist)).sort()).toEqual(["folder", "program"]);
  });

  test("is told to be in the way where a file is in the place of a folder", async () => {
    const { root, program } = await workbench();
    await writeFile(join(root, "file"), "");
    const path = join(root, "file/linux-amd64/program");
    await expect(layOut(program, "file", path)).rejects.toMatchObject({
      class: "environment",
      message: `cannot write ${path} (ENOTDIR)`,
    });
  });
});

describe("devenv that is killed while it lays out", () => {
  let program: string;

  // A program, so that its functions of the file system can be counted: modules of Node's own cannot be changed.
  beforeAll(async () => {
    const folder = await mkdtemp(join(tmpdir(), "devenv-lay-out-"));
    program = join(folder, "lay-out-and-die.cjs");
    const entryPoints = [join(import.meta.dirname, "lay-out-and-die.ts")];
    await build({ entryPoints, outfile: program, bundle: true, platform: "node", format: "cjs", logLevel: "error" });
    return () => rm(folder, { recursive: true });
  });

  test.each(["file", "tree"] as const)(
    "leaves a %s whole: the old or the new; a folder, for an instant, not at all",
    { timeout: 120_000 },
    async (kind) => {
      let steps = 0;
      for (let wasKilled = true; wasKilled; ) {
        steps += 1;
        const bench = await workbench();
        const [result, path] = kind === "file" ? [bench.program, "program"] : [bench.folder, "folder"];
        const args = [program, result, kind, join(bench.dist, path)];
        const env = { KILL_AT_STEP: String(steps) };
        const { signal, code, output } = await systemProcesses.run(process.execPath, args, { env });
        wasKilled = signal === "SIGKILL";
        if (!wasKilled) expect(code, output).toBe(0);
        const books = join(bench.dist, path, kind === "file" ? "" : "books");
        const content = await readFile(books).catch(() => undefined);
        const whole =
          wasKilled && kind === "tree" ? ["old", PROGRAM.toString(), undefined] : ["old", PROGRAM.toString()];
        expect(whole).toContain(content?.toString());
        await layOut(result, kind, join(bench.dist, path));
        expect(await readFile(books)).toEqual(PROGRAM);
      }
      // A folder, a copy, its mode and a rename: fewer would mean that they are not counted.
      expect(steps).toBeGreaterThan(3);
    },
  );
});
