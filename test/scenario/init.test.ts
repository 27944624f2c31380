import { access, mkdir, mkdtemp, readFile, readlink, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { systemProcesses } from "../../src/host/process.ts";
import { openTerminal, type Terminal } from "../harness/terminal.ts";
import { CLI } from "../harness/workspace.ts";

let folder: string;
let terminal: Terminal | undefined;

beforeEach(async () => {
  folder = join(await mkdtemp(join(tmpdir(), "devenv-init-")), "shop");
  await mkdir(folder);
});
afterEach(async () => {
  await terminal?.close();
  terminal = undefined;
  await rm(dirname(folder), { recursive: true, force: true });
});

/** Files by their paths in the folder. */
async function lay(files: Readonly<Record<string, string>>): Promise<void> {
  for (const [name, text] of Object.entries(files)) {
    await mkdir(dirname(join(folder, name)), { recursive: true });
    await writeFile(join(folder, name), text);
  }
}

const environment = () => ({ XDG_CACHE_HOME: join(folder, "../cache"), NO_COLOR: "1" });

const devenv = (...args: string[]) =>
  systemProcesses.run(process.execPath, [CLI, ...args], { cwd: folder, env: environment() });

const text = (name: string) => readFile(join(folder, name), "utf8");

const COMPOSE = `# The shop.
services:
  db:
    image: postgres:15
    volumes:
      - ./data:/var/lib/postgresql/data
    develop: { watch: [{ action: sync, path: ., target: /x }] }
  web:
    build: ./web # the page
    depends_on: [db]
    environment: { GREETING: "\${GREETING}" }
`;

const GO = 'package main\n\nfunc main() { http.ListenAndServe(":8080", nil) }\n';

const REPOSITORIES = {
  "repos/books/go.mod": "module example.org/books\n",
  "repos/books/cmd/books/main.go": GO,
  "repos/books/cmd/import/main.go": GO.replace('http.ListenAndServe(":8080", nil)', ""),
  "repos/pages/package.json": '{"name":"pages","scripts":{"start":"node . --port 3000"}}',
};

async function clone(): Promise<void> {
  await lay(REPOSITORIES);
  for (const name of ["books", "pages"]) {
    const cwd = join(folder, "repos", name);
    await systemProcesses.run("git", ["init", "--quiet"], { cwd });
    await systemProcesses.run("git", ["remote", "add", "origin", `https://me:word@example.org/${name}.git`], { cwd });
  }
}

describe("init from a Compose file", () => {
  it("makes a profile that loads, asks nothing where nobody is, and says what it left out and what is next", async () => {
    await lay({ "docker-compose.yml": COMPOSE, ".env": "GREETING=hello\n" });
    const { code, stdout, stderr } = await devenv("init");
    expect(code).toBe(0);
    expect(stdout.split("\n")).toEqual([
      "✔ profiles/shop.yaml",
      "✔ profiles/.env",
      "✔ devenv.yaml",
      "✔ .devenv/schema.json",
      "Next: devenv up",
      "",
    ]);
    expect(stderr).toMatch(/^! left out: .*develop.* {2}.*profiles\/shop\.yaml:\d+:\d+\n$/);
    const profile = await text("profiles/shop.yaml");
    expect(profile).toContain("# The shop.");
    expect(profile).toContain("build: ../web # the page");
    expect(profile).toMatch(/^ +# left out: .*\n +# {3}develop: /m);
    expect(await readlink(join(folder, "profiles/.env"))).toBe("../.env");
    const config = await devenv("config", "--json");
    expect([config.code, config.stderr]).toEqual([0, ""]);
    expect(JSON.parse(config.stdout).services.web.environment.GREETING).toBe("hello");
  });

  it("never writes over what is there, unless it is told to", async () => {
    await lay({ "compose.yaml": "services: { a: { image: x } }\n", "profiles/shop.yaml": "mine\n" });
    const refused = await devenv("init");
    expect([refused.code, refused.stderr]).toEqual([2, expect.stringContaining("profiles/shop.yaml is there already")]);
    expect(await text("profiles/shop.yaml")).toBe("mine\n");
    expect((await devenv("init", "other")).stdout).toContain("Next: devenv up other");
    expect((await devenv("init", "--force")).code).toBe(0);
    expect(await text("profiles/shop.yaml")).toContain("image: x");
  });

  it("takes several files, each with its comments, and merges them as -f does", async () => {
    await lay({ "a.yaml": "services: { a: { image: x } } # one\n", "b.yaml": "services: { a: { image: y } } # two\n" });
    expect((await devenv("init", "--from", "a.yaml", "--from", "b.yaml")).code).toBe(0);
    expect(await text("profiles/shop/a.yaml")).toContain("# one");
    expect(await text("profiles/shop.yaml")).toContain("# two");
    expect((await devenv("config", "--images")).stdout).toBe("y\n");
  });

  it("refuses what is no YAML with its place, and a folder with nothing in it", async () => {
    const nothing = await devenv("init");
    expect([nothing.code, nothing.stderr]).toEqual([2, expect.stringContaining("there is nothing in")]);
    await lay({ "compose.yaml": "services: [\n" });
    const wrong = await devenv("init");
    expect([wrong.code, wrong.stderr]).toEqual([2, expect.stringMatching(/compose\.yaml:\d+:\d+/)]);
    await expect(access(join(folder, "profiles"))).rejects.toThrow();
  });

  it("--dry-run prints the profile and writes nothing; --json tells all of it as data", async () => {
    await lay({ "compose.yaml": COMPOSE });
    const { stdout, stderr } = await devenv("init", "--dry-run");
    expect(stderr).toContain(`! GREETING is not set: set it in ${folder}/.env`);
    expect(stdout).toContain("# yaml-language-server: $schema=../.devenv/schema.json\n");
    await expect(access(join(folder, "profiles"))).rejects.toThrow();
    const told = JSON.parse((await devenv("init", "--json")).stdout);
    expect(told).toMatchObject({ type: "init", profile: "shop", isDefault: true, next: "devenv up" });
    expect(told.notes).toMatchObject([
      { message: expect.stringContaining("GREETING") },
      { where: { file: join(folder, "profiles/shop.yaml") } },
    ]);
  });
});

describe("init from repositories", () => {
  it("takes the programs that listen, with where they are cloned from, without a password", async () => {
    await clone();
    expect((await devenv("init")).stdout).toContain("Next: devenv up");
    const profile = await text("profiles/shop.yaml");
    expect(profile).toContain("{ path: repos/books, url: https://example.org/books.git }");
    const { services } = JSON.parse((await devenv("config", "--json")).stdout);
    expect(Object.keys(services)).toEqual(["books", "pages"]);
    expect(services.books).toMatchObject({ image: "scratch", ports: [{ published: "8080" }] });
    expect(services.pages["x-devenv"].artifact).toBe("tree");
  });

  it("asks on a terminal for the name and the services", async () => {
    await clone();
    terminal = await openTerminal({ columns: 80, rows: 24, cwd: folder, env: environment() });
    await terminal.type(`node ${CLI} init; echo "code $?"`);
    await terminal.press("Enter");
    await terminal.until(/Its name[\s\S]*shop/);
    await terminal.type("2");
    await terminal.press("Enter");
    const choice = await terminal.until(/Which of these[\s\S]*pages/);
    expect(choice).toMatch(/◼ books \(repos\/books, Go, \.\/cmd\/books, port 8080\)/);
    expect(choice).toContain("◻ import");
    await terminal.press("Down", "Space", "Enter");
    const end = await terminal.until(/code \d+/);
    expect(end).toContain("Next: devenv up");
    expect(end).toContain("code 0");
    expect((await devenv("config", "--services")).stdout).toBe("books\nimport\npages\n");
    await access(join(folder, "profiles/shop2.yaml"));
  });

  it("says on a terminal, in lines that end between words, that there is nothing to make one of", async () => {
    terminal = await openTerminal({ columns: 60, rows: 24, cwd: folder, env: environment() });
    await terminal.type(`clear; node ${CLI} init; echo "code $?"`);
    await terminal.press("Enter");
    const screen = await terminal.until(/^code \d+$/m);
    expect(screen).toContain(
      [
        "  → give a Compose file with --from, or clone your",
        "    repositories into it: Go, Rust and Node programs and",
        "    Dockerfiles are found",
        "code 2",
      ].join("\n"),
    );
  });

  it("writes nothing when the questions are left by Ctrl-C", async () => {
    await clone();
    terminal = await openTerminal({ columns: 80, rows: 24, cwd: folder, env: environment() });
    await terminal.type(`node ${CLI} init; echo "code $?"`);
    await terminal.press("Enter");
    await terminal.until(/Its name/);
    await terminal.press("C-c");
    expect(await terminal.until(/code \d+/)).toContain("code 130");
    await expect(access(join(folder, "profiles"))).rejects.toThrow();
  });
});
