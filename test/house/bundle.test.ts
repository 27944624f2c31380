import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { basename, join } from "node:path";
import { execa } from "execa";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { bundle } from "../../scripts/bundle.ts";

const ROOT = join(import.meta.dirname, "../..");

/** A main that says by its argument which package it is to load. */
const MAIN = `
  import script from "./greet.sh";
  const lazy: Record<string, () => Promise<unknown>> = {
    nothing: async () => "",
    script: async () => script,
    names: async () => typeof (await import("yaml")).parse,
    docker: async () => typeof new (await import("dockerode")).default().listContainers,
    ssh: async () => new (await import("dockerode")).default({ protocol: "ssh", host: "nowhere" }).ping(),
  };
  try {
    console.log(await lazy[process.argv[2] ?? "nothing"]?.());
  } catch (error) {
    console.log(String(error));
  }
`;

let folder: string;
let out: string;

beforeEach(() => {
  // Below node_modules, so that the packages are found.
  mkdirSync(join(ROOT, "node_modules/.cache"), { recursive: true });
  folder = mkdtempSync(join(ROOT, "node_modules/.cache/bundle-"));
  out = join(folder, "dist");
  write("package.json", '{ "type": "module" }');
  write("src/main.ts", MAIN);
  write("src/greet.sh", "echo 'hello'\n");
});

afterEach(() => rmSync(folder, { recursive: true }));

function write(path: string, text: string): void {
  mkdirSync(join(folder, path, ".."), { recursive: true });
  writeFileSync(join(folder, path), text);
}

const build = (to = out) => bundle(join(folder, "src/main.ts"), to);
const run = async (what: string) => (await execa(join(out, "devenv.js"), [what])).stdout;

function contents(dir: string): Record<string, string> {
  const names = readdirSync(dir, { recursive: true, encoding: "utf8" }).filter((name) => /\.\w+$/.test(name));
  return Object.fromEntries(names.sort().map((name) => [name, readFileSync(join(dir, name), "utf8")]));
}

/** A main that imports `shared` at once, and lazily others that share things with it and with each other. */
const SHARING: Readonly<Record<string, string>> = {
  "src/main.ts": `
    import { deep } from "./deep.ts";
    import { shared } from "./shared.ts";
    const [name = "", argument = ""] = process.argv.slice(2);
    const lazy = { one: () => import("./one.ts"), two: () => import("./two.ts"), three: () => import("./three.ts") };
    if (name === "one" || name === "two" || name === "three") console.log((await lazy[name]()).default(argument));
    else console.log(shared(deep(name)));`,
  "src/deep.ts": 'export const deep = (text: string): string => "deep " + text;',
  "src/shared.ts": 'import { deep } from "./deep.ts"; export const shared = (text: string) => deep("shared " + text);',
  "src/common.ts": 'import { deep } from "./deep.ts"; export const common = (text: string) => deep("common " + text);',
  "src/one.ts": `
    import { common } from "./common.ts";
    import { only } from "./only.ts";
    export default (text: string) => common(only(text));`,
  "src/only.ts": 'export const only = (text: string): string => "only " + text;',
  "src/two.ts": `
    import { common } from "./common.ts";
    import { shared } from "./shared.ts";
    export default (text: string) => common(shared(text));`,
  "src/three.ts": 'import { only } from "./only.ts"; export default (text: string) => only(text);',
};

/** The files in the order in which Node meets them, from one on and by its imports at once. */
function loadedWith(path: string, seen = new Set<string>()): string[] {
  if (seen.has(path)) return [];
  seen.add(path);
  const text = readFileSync(path, "utf8");
  const [, ...imports] = text.split(/(?:\bfrom|\bimport)(?=")/);
  const files = imports.map((rest) => join(path, "..", JSON.parse(/^"[^"]*"/.exec(rest)?.[0] ?? "")));
  return [basename(path), ...files.flatMap((file) => loadedWith(file, seen))];
}

// A build takes seconds on a busy machine.
describe("the bundle", { timeout: 60_000 }, () => {
  test("runs as a program, with shell scripts as text and the names of lazily imported CommonJS packages", async () => {
    await build();
    expect(await run("script")).toBe("echo 'hello'\n");
    expect(await run("names")).toBe("function");
    expect(await run("docker")).toBe("function");
  });

  test("refuses to use what is left out, and says why", async () => {
    await build();
    expect(await run("ssh")).toBe(
      "Error: devenv is built without ssh2: a remote daemon is reached through the system's ssh",
    );
  });

  test("keeps lazily imported packages out of the entry", async () => {
    const { entry, total } = await build();
    expect(entry).toBeLessThan(3000);
    expect(total).toBeGreaterThan(200_000);
  });

  test("has what is loaded together in one chunk a layer, whoever else shares a part of it", async () => {
    for (const [path, text] of Object.entries(SHARING)) write(path, text);
    const layer = [join(folder, "src/one.ts")];
    const three = join(folder, "src/three.ts");
    await bundle(join(folder, "src/main.ts"), out, { together: { layers: [layer], apart: [three] } });
    expect(await run("nothing")).toBe("deep shared deep nothing");
    expect((await execa(join(out, "devenv.js"), ["one", "x"])).stdout).toBe("deep common only x");
    expect((await execa(join(out, "devenv.js"), ["two", "x"])).stdout).toBe("deep common deep shared x");
    expect(loadedWith(join(out, "devenv.js"))).toHaveLength(2);
    const chunk = (start: string) => readdirSync(join(out, "chunks")).find((name) => name.startsWith(start)) ?? "";
    expect(loadedWith(join(out, "chunks", chunk("two-"))).length).toBeLessThan(5);
    const ofThree = loadedWith(join(out, "chunks", chunk("three-")));
    const text = ofThree.map((name) => readFileSync(join(out, "chunks", name), "utf8")).join();
    expect(text).toContain("only ");
    expect(text).not.toContain("common ");
  });

  test("is the same for the same sources", async () => {
    await build();
    await build(join(folder, "again"));
    expect(contents(join(folder, "again"))).toEqual(contents(out));
  });

  test("leaves the chunks of a running devenv for a day", async () => {
    await build();
    const before = readdirSync(join(out, "chunks"));
    write("src/main.ts", "console.log('smaller');");
    await build();
    expect(await run("nothing")).toBe("smaller");
    expect(readdirSync(join(out, "chunks"))).toEqual(before);

    const yesterday = new Date(Date.now() - 25 * 60 * 60 * 1000);
    for (const name of before) utimesSync(join(out, "chunks", name), yesterday, yesterday);
    await build();
    expect(readdirSync(join(out, "chunks"))).toEqual([]);
  });

  test("touches nothing when the sources do not build", async () => {
    await build();
    const before = contents(out);
    write("src/main.ts", "import './gone.ts';");
    await expect(build()).rejects.toThrow("gone.ts");
    expect(contents(out)).toEqual(before);
    expect(statSync(join(out, "devenv.js")).mode & 0o111).toBe(0o111);
  });
});
