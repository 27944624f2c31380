import { mkdir, mkdtemp, rm, symlink, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import fc from "fast-check";
import { afterEach, beforeEach, expect, test } from "vitest";
import { askWhatIsIgnored } from "../../../src/host/git/ignored.ts";
import { systemProcesses } from "../../../src/host/process.ts";
import { GitIgnore } from "../../../src/watch/git-ignore.ts";

let home: string;
let top: string;
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), "devenv-ignore-"));
  top = join(home, "repo");
  await mkdir(top);
});
afterEach(() => rm(home, { recursive: true, force: true }));

const environment = () => ({ ...process.env, HOME: home, XDG_CONFIG_HOME: "", GIT_CONFIG_NOSYSTEM: "1" });

async function git(args: readonly string[], input?: string): Promise<string> {
  const env = { ...environment(), GIT_DIR: undefined, GIT_WORK_TREE: undefined };
  const { code, stdout, output } = await systemProcesses.run("git", args, { cwd: top, env, ...(input && { input }) });
  // check-ignore ends with 1 where nothing is ignored.
  if (code !== 0 && code !== 1) throw new Error(output);
  return stdout;
}

const asking = () => {
  const processes = {
    ...systemProcesses,
    run: (command: string, args: readonly string[], options = {}) =>
      systemProcesses.run(command, args, {
        ...options,
        env: { ...("env" in options ? (options.env as object) : {}), HOME: home, XDG_CONFIG_HOME: "" },
      }),
  };
  return { processes, environment: environment() };
};

async function rulesOf(folder = top): Promise<GitIgnore> {
  const found = await askWhatIsIgnored(folder, asking());
  if (found === undefined) throw new Error("no repository");
  return new GitIgnore(found);
}

async function write(path: string, text = "") {
  await mkdir(dirname(join(top, path)), { recursive: true });
  await writeFile(join(top, path), text);
}

/** What git itself says of paths: the rule that counts, `file:line pattern`; undefined where it ignores nothing. */
async function asGitSees(paths: readonly string[]): Promise<Map<string, string | undefined>> {
  const args = ["check-ignore", "--stdin", "-z", "--verbose", "--non-matching"];
  const fields = (await git(args, paths.map((path) => `${path}\0`).join(""))).split("\0");
  const seen = new Map<string, string | undefined>();
  for (let at = 0; at + 3 < fields.length; at += 4) {
    const [source = "", line, pattern = "", path = ""] = fields.slice(at, at + 4);
    const isIgnored = source !== "" && !pattern.startsWith("!");
    seen.set(path, isIgnored ? `${source.replace(`${top}/`, "")}:${line} ${pattern}`.trimEnd() : undefined);
  }
  return seen;
}

const name = fc.constantFrom("a", "b", "ab", "a.b", "b.log", "A", "!a", "#b", "a b", "[b]", "x*y", "a\\b", "é");
const path = fc.array(name, { minLength: 1, maxLength: 4 }).map((names) => names.join("/"));
const piece = fc.oneof(
  { weight: 4, arbitrary: name },
  {
    weight: 6,
    arbitrary: fc.constantFrom(
      ...[
        "*",
        "?",
        "**",
        "***",
        "a*",
        "*.log",
        "*b",
        "[ab]",
        "[!a]",
        "[a-c]*",
        "[[:upper:]]",
        "\\a",
        "\\[b\\]",
        "x\\*y",
      ],
      ...["a\\ b", "\\!a", "\\#b", "**b", "[^b]", "a\\\\b", "[]a]", "[a", "{a,b}", ".", "(a)", "a+", "$"],
    ),
  },
);
const rule = fc
  .tuple(
    fc.constantFrom("", "", "", "!", "#"),
    fc.constantFrom("", "", "/"),
    fc.array(piece, { minLength: 1, maxLength: 3 }),
    fc.constantFrom("", "", "/", "/**", "/*", " ", "\\ ", "\r", "//", "\\"),
  )
  .map(([before, slash, pieces, after]) => `${before}${slash}${pieces.join("/")}${after}`);
const rules = fc.array(fc.oneof({ weight: 8, arbitrary: rule }, fc.constantFrom("", "/", "!", " ", "**/", "!/")), {
  maxLength: 5,
});
const trees = fc.record({
  files: fc.array(path, { minLength: 1, maxLength: 12 }),
  ignoreFiles: fc.array(fc.tuple(fc.oneof(fc.constant(""), path), rules), { maxLength: 4 }),
  exclude: rules,
  global: rules,
  tracked: fc.array(fc.nat(11), { maxLength: 2 }),
});

/** Makes it as far as a file system allows: a name is a file or a folder, the first one counts. */
async function make(tree: typeof trees extends fc.Arbitrary<infer T> ? T : never) {
  await rm(home, { recursive: true, force: true });
  await mkdir(top, { recursive: true });
  await git(["init", "--quiet"]);
  await mkdir(join(home, ".config/git"), { recursive: true });
  await writeFile(join(home, ".config/git/ignore"), tree.global.join("\n"));
  await write(".git/info/exclude", tree.exclude.join("\n"));
  const files: string[] = [];
  for (const file of tree.files) {
    await write(file).then(
      () => files.push(file),
      () => undefined,
    );
  }
  for (const [folder, lines] of tree.ignoreFiles) {
    await write(join(folder, ".gitignore"), lines.join("\n")).catch(() => undefined);
  }
  const tracked = tree.tracked.flatMap((index) => files[index] ?? []);
  if (tracked.length > 0) await git(["--literal-pathspecs", "add", "--force", "--", ...tracked]);
  return { files, tracked };
}

const foldersOf = (file: string): string[] =>
  dirname(file) === "." ? [] : [dirname(file), ...foldersOf(dirname(file))];

test("every path is ignored by the rule that git names, or by none", { timeout: 120_000 }, async () => {
  await fc.assert(
    fc.asyncProperty(trees, async (tree) => {
      const { files, tracked } = await make(tree);
      const ignored = await rulesOf();
      const folders = new Set(files.flatMap(foldersOf));
      const folderOfTracked = new Set(tracked.flatMap(foldersOf));
      const paths = [...new Set([...files, ...folders])].filter((each) => !folderOfTracked.has(each));
      const seen = await asGitSees(paths);
      const ours = new Map(paths.map((each) => [each, ignored.ruleFor(join(top, each), folders.has(each))]));
      const shown = (map: ReadonlyMap<string, string | undefined>) =>
        Object.fromEntries(
          paths.map((each) => [each, map.get(each)?.replace(`${home}/.config`, "~") ?? "not ignored"]),
        );
      expect(shown(ours)).toEqual(shown(seen));
    }),
    { numRuns: Number(process.env.IGNORE_RUNS ?? 40) },
  );
});

const DAY_AGO = new Date(Date.now() - 24 * 60 * 60 * 1000);

test("a repository within the repository has rules of its own", async () => {
  await git(["init", "--quiet"]);
  await write(".gitignore", "*.log\nthrown-away/\n");
  await write("sub/.gitignore", "*.txt\n");
  await write("sub/.git/info/exclude", "*.tmp\n");
  await write("thrown-away/inner/.git/HEAD");
  const rules = await rulesOf();
  const seen = (path: string) => rules.ruleFor(join(top, path), false);
  expect(seen("a.log")).toBe(".gitignore:1 *.log");
  expect(seen("sub/a.log")).toBeUndefined();
  expect(seen("sub/a.txt")).toBe("sub/.gitignore:1 *.txt");
  expect(seen("sub/a.tmp")).toBe("sub/.git/info/exclude:1 *.tmp");
  expect(seen("thrown-away/inner/main.go")).toBe(".gitignore:2 thrown-away/");
});

test("the rules of a whole repository count for a service in one of its folders", async () => {
  await git(["init", "--quiet"]);
  await write(".gitignore", "/services/*/out\n");
  await write("services/books/out/x");
  await write("services/books/main.log");
  await write("services/books/.gitignore", "*.log");
  await git(["add", "--force", "services/books/main.log"]);
  const rules = await rulesOf(join(top, "services/books"));
  expect(rules.ruleFor(join(top, "services/books/out/x"), false)).toBe(".gitignore:1 /services/*/out");
  expect(rules.ruleFor(join(top, "services/books/main.log"), false), "git has it").toBeUndefined();
  expect(rules.ruleFor(join(top, "services/books/other.log"), false)).toBe("services/books/.gitignore:1 *.log");
});

test("a .gitignore that comes, changes and goes counts as it is when it is asked about", async () => {
  await git(["init", "--quiet"]);
  await write("a/b/x.log");
  const rules = await rulesOf();
  const seen = () => {
    rules.ruleFor(join(top, "a/.gitignore"), false); // as the watch does, which hears of it
    return rules.ruleFor(join(top, "a/b/x.log"), false);
  };
  expect(seen()).toBeUndefined();
  await write("a/.gitignore", "*.log");
  expect(seen()).toBe("a/.gitignore:1 *.log");
  await write("a/.gitignore", "*.lag");
  await utimes(join(top, "a/.gitignore"), DAY_AGO, DAY_AGO);
  expect(seen()).toBeUndefined();
  await write("a/.gitignore", "*.log");
  expect(seen()).toBe("a/.gitignore:1 *.log");
  await rm(join(top, "a/.gitignore"));
  expect(seen()).toBeUndefined();
});

test("a symlink in the place of a .gitignore is not followed", async () => {
  await git(["init", "--quiet"]);
  await write("rules", "*.log");
  await symlink("rules", join(top, ".gitignore"));
  expect((await rulesOf()).ruleFor(join(top, "a.log"), false)).toBeUndefined();
  expect((await asGitSees(["a.log"])).get("a.log")).toBeUndefined();
});

test("a letter's case counts unless git was told that the file system knows none", async () => {
  await git(["init", "--quiet"]);
  await write(".gitignore", "*.LOG");
  expect((await rulesOf()).ruleFor(join(top, "a.log"), false)).toBeUndefined();
  await git(["config", "core.ignorecase", "true"]);
  expect((await rulesOf()).ruleFor(join(top, "a.log"), false)).toBe(".gitignore:1 *.LOG");
});
