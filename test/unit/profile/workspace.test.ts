import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { chooseProfile, findWorkspace, listProfiles } from "../../../src/profile/workspace.ts";
import { failureOf, folderWith, problemsOf } from "./loading.ts";

const PROFILE = "services: { a: { image: x } }\n";

describe("the workspace", () => {
  test.each([["devenv.yaml"], ["profiles/books.yaml"]])("is the folder above that has %s", async (mark) => {
    const workspace = await folderWith({ [mark]: "" });
    await mkdir(join(workspace, "repos/books/cmd"), { recursive: true });
    expect(await findWorkspace(workspace)).toBe(workspace);
    expect(await findWorkspace(join(workspace, "repos/books/cmd"))).toBe(workspace);
  });

  test("is the nearest of two", async () => {
    const outer = await folderWith({ "devenv.yaml": "", "inner/devenv.yaml": "", "inner/repos/x": "" });
    expect(await findWorkspace(join(outer, "inner/repos"))).toBe(join(outer, "inner"));
  });

  test("is not marked by a folder profiles/ without a profile", async () => {
    const outer = await folderWith({ "devenv.yaml": "", "repo/profiles/cpu.pprof": "", "repo/profiles/x.yaml/y": "" });
    expect(await findWorkspace(join(outer, "repo"))).toBe(outer);
  });

  test("is what DEVENV_ROOT names, wherever one is", async () => {
    const workspace = await folderWith({ "devenv.yaml": "", "elsewhere/devenv.yaml": "" });
    expect(await findWorkspace(join(workspace, "elsewhere"), workspace)).toBe(workspace);
    expect(await findWorkspace(join(workspace, "elsewhere"), "..")).toBe(workspace);
    expect(await findWorkspace(join(workspace, "elsewhere"), "")).toBe(join(workspace, "elsewhere"));
  });

  test("that DEVENV_ROOT names must be one", async () => {
    const folder = await folderWith({ "sub/file": "" });
    const failure = await failureOf(findWorkspace("/", join(folder, "sub")));
    expect(failure.message).toContain(`DEVENV_ROOT is ${folder}/sub, which is no workspace`);
  });

  test("that is not there is told with what marks one and how to make one", async () => {
    const folder = await folderWith();
    const failure = await failureOf(findWorkspace(folder));
    expect(failure).toMatchObject({ class: "user", exitCode: 2 });
    expect(failure.message).toMatch(/is not inside of a workspace: .*devenv\.yaml.*profiles.*\*\.yaml/);
    expect(failure.hint).toContain("scripts/demo");
  });
});

test("profiles are listed by name, with the first line of their leading comment", async () => {
  const workspace = await folderWith({
    "profiles/b.yaml": "\n#\n# yaml-language-server: $schema=x\n# The shop.\n# More of it.\nservices: {}\n",
    "profiles/a.yaml": "services: {}\n# Too late.\n",
    "profiles/notes.md": "# no profile",
    "profiles/books/web.yaml": "# no profile either",
  });
  expect(await listProfiles(workspace)).toEqual([
    { name: "a", file: join(workspace, "profiles/a.yaml"), description: undefined },
    { name: "b", file: join(workspace, "profiles/b.yaml"), description: "The shop." },
  ]);
});

describe("the profile of a command", () => {
  const FILES = { "profiles/books.yaml": PROFILE, "profiles/films.yaml": PROFILE, "repos/mine.yaml": PROFILE };
  const choose = async (files: Record<string, string>, wanted?: string) => {
    const workspace = await folderWith(files);
    return (await chooseProfile(workspace, join(workspace, "repos"), wanted)).slice(workspace.length + 1);
  };

  test.each([
    ["films", "profiles/films.yaml"],
    ["./mine.yaml", "repos/mine.yaml"],
    ["mine.yaml", "repos/mine.yaml"],
    ["../profiles/films.yaml", "profiles/films.yaml"],
  ])("%s is %s", async (wanted, expected) => {
    expect(await choose(FILES, wanted)).toBe(expected);
  });

  test.each([["# ours\nprofile: films\n"], ["profile: 'films' # the new one\n"], ["{ profile: films }"]])(
    "that names none is the one of a devenv.yaml that says %j",
    async (settings) => {
      expect(await choose({ ...FILES, "devenv.yaml": settings })).toBe("profiles/films.yaml");
    },
  );

  test("that names none is the only one there is", async () => {
    expect(await choose({ "devenv.yaml": "", "profiles/books.yaml": PROFILE })).toBe("profiles/books.yaml");
  });

  test("must be named where there are several", async () => {
    const failure = await failureOf(choose(FILES));
    expect(failure.message).toBe("there are several profiles, and none was named");
    expect(failure.hint).toContain("the profiles are books, films");
  });

  test("that is not there is told with the nearest, or with all", async () => {
    expect((await failureOf(choose(FILES, "boks"))).hint).toBe("did you mean books?");
    expect((await failureOf(choose(FILES, "zebra"))).hint).toBe("the profiles are books, films");
    expect((await failureOf(choose({ "devenv.yaml": "" }, "a"))).hint).toContain("scripts/demo");
    expect((await failureOf(choose({ "devenv.yaml": "" }))).hint).toContain("scripts/demo");
    expect((await failureOf(choose(FILES, "./none.yaml"))).message).toMatch(
      /there is no profile .*\/repos\/none\.yaml/,
    );
  });

  test("that devenv.yaml names wrongly is told with its origin", async () => {
    const failure = await failureOf(choose({ ...FILES, "devenv.yaml": "profile: flims" }));
    expect(failure.message).toMatch(/there is no profile flims in .*profiles \(it is the profile of .*devenv\.yaml\)/);
    expect(failure.hint).toBe("did you mean films?");
  });

  test.each([
    ["profil: x", "1:1 unknown key profil (did you mean profile? supported: profile, roots)"],
    ["\nprofile: [x]", "2:10 profile must be the name of a profile (write profile: NAME)"],
    ["profile:", "1:1 profile must be the name of a profile (write profile: NAME)"],
    ["books", "1:1 the settings must be a mapping (write profile: NAME)"],
    ["profile: *x", "1:10 *x stands for nothing (no &x comes before it)"],
    ["profile: true", "1:10 profile must be the name of a profile (write profile: NAME)"],
    ["a: [", "1:5 YAML: Flow sequence in block collection must be sufficiently indented and end with a ]"],
  ])("cannot be told from a devenv.yaml that says %j", async (settings, expected) => {
    expect((await problemsOf(choose({ ...FILES, "devenv.yaml": settings })))[0]).toBe(expected);
  });
});
