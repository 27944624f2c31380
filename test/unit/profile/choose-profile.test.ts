import { mkdir } from "node:fs/promises";
import { join, relative } from "node:path";
import { describe, expect, test } from "vitest";
import { chooseProfile, type Wanted } from "../../../src/profile/choose-profile.ts";
import { loadProfile } from "../../../src/profile/load-profile.ts";
import { failureOf, folderWith, problemsOf } from "./loading.ts";

const PROFILE = "services: { a: { image: x } }\n";

const OURS = { "profiles/books.yaml": PROFILE, "profiles/films.yaml": PROFILE, "repos/mine.yaml": PROFILE };

/** Chooses in a workspace with these files, from its folder `repos`; every path is told relative to the workspace. */
async function choose(files: Record<string, string>, wanted: Wanted = {}, environment: Record<string, string> = {}) {
  const folder = await folderWith({ ...files, "repos/.keep": "" });
  const chosen = await chooseProfile(wanted, { from: join(folder, "repos"), environment });
  return {
    workspace: relative(folder, chosen.workspace),
    files: chosen.files.map((file) => relative(folder, file)),
    by: chosen.naming.by,
    warnings: chosen.warnings.map(({ message }) => message.replace(folder, "W")),
  };
}

/** The only file of what is chosen. */
const chosenFile = async (...args: Parameters<typeof choose>) => {
  const { files } = await choose(...args);
  expect(files).toHaveLength(1);
  return files[0];
};

describe("the profile of a command", () => {
  test.each([
    ["films", "profiles/films.yaml", "name"],
    ["./mine.yaml", "repos/mine.yaml", "files"],
    ["mine.yaml", "repos/mine.yaml", "files"],
    ["../profiles/films.yaml", "profiles/films.yaml", "name"],
  ])("%s is %s", async (name, file, by) => {
    expect(await choose(OURS, { name })).toEqual({ workspace: "", files: [file], by, warnings: [] });
  });

  test.each([["# ours\nprofile: films\n"], ["profile: 'films' # the new one\n"], ["{ profile: films }"]])(
    "that names none is the one of a devenv.yaml that says %j",
    async (settings) => {
      expect(await chosenFile({ ...OURS, "devenv.yaml": settings })).toBe("profiles/films.yaml");
    },
  );

  test("that names none is the only one there is", async () => {
    expect(await chosenFile({ "devenv.yaml": "", "profiles/books.yaml": PROFILE })).toBe("profiles/books.yaml");
  });

  test("must be named where there are several", async () => {
    const failure = await failureOf(choose(OURS));
    expect(failure.message).toBe("there are several profiles, and none was named");
    expect(failure.hint).toContain("the profiles are books, films");
  });

  test("that is not there is told with the nearest, or with all", async () => {
    expect((await failureOf(choose(OURS, { name: "boks" }))).hint).toBe("did you mean books?");
    expect((await failureOf(choose(OURS, { name: "zebra" }))).hint).toBe("the profiles are books, films");
    expect((await failureOf(choose({ "devenv.yaml": "" }, { name: "a" }))).hint).toContain("devenv init");
    expect((await failureOf(choose({ "devenv.yaml": "" }))).hint).toContain("devenv init");
    expect((await failureOf(choose(OURS, { name: "./none.yaml" }))).message).toMatch(
      /there is no profile .*\/repos\/none\.yaml/,
    );
    expect((await failureOf(choose(OURS, { name: "../profiles" }))).message).toMatch(/profiles is a folder/);
  });

  test("that devenv.yaml names wrongly is told with its origin", async () => {
    const failure = await failureOf(choose({ ...OURS, "devenv.yaml": "profile: flims" }));
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
    expect((await problemsOf(choose({ ...OURS, "devenv.yaml": settings })))[0]).toBe(expected);
  });
});

describe("files that are named with -f", () => {
  test("are the profile, in their order, whatever else there is", async () => {
    const files = ["mine.yaml", "../profiles/books.yaml"];
    expect(await choose({ ...OURS, "devenv.yaml": "profile: films\n" }, { files })).toEqual({
      workspace: "",
      files: ["repos/mine.yaml", "profiles/books.yaml"],
      by: "files",
      warnings: [],
    });
  });

  test("make the first one's folder the workspace where there is none", async () => {
    const chosen = await choose({ "a/one.yaml": PROFILE, "b/two.yaml": PROFILE }, { files: ["../a/one.yaml"] });
    expect(chosen).toMatchObject({ workspace: "a", files: ["a/one.yaml"] });
  });

  test("must be there, and must not come with a name besides", async () => {
    const missing = await failureOf(choose(OURS, { files: ["mine.yaml", "nope.yaml"] }));
    expect(missing.message).toMatch(/there is no file .*\/repos\/nope\.yaml/);
    const twice = await failureOf(choose(OURS, { name: "books", files: ["mine.yaml"] }));
    expect(twice.message).toBe("two profiles are named: books, and -f mine.yaml");
  });

  test("do not hide a wrong DEVENV_ROOT", async () => {
    const failure = await failureOf(choose(OURS, { files: ["mine.yaml"] }, { DEVENV_ROOT: "/nowhere" }));
    expect(failure.message).toContain("DEVENV_ROOT is /nowhere");
  });
});

describe("a workspace without profiles of its own", () => {
  test("has its Compose file, with the override, as profile", async () => {
    expect(await choose({ "compose.yaml": PROFILE })).toMatchObject({ files: ["compose.yaml"], by: "default" });
    expect(await choose({ "docker-compose.yml": PROFILE, "docker-compose.override.yml": PROFILE })).toEqual({
      workspace: "",
      files: ["docker-compose.yml", "docker-compose.override.yml"],
      by: "default",
      warnings: [],
    });
  });

  test("that has several Compose files has the one that Compose takes, and a word about the others", async () => {
    const files = { "compose.yml": PROFILE, "docker-compose.yml": PROFILE };
    expect(await choose(files)).toMatchObject({
      files: ["compose.yml"],
      warnings: ["docker-compose.yml in W is not used: compose.yml comes first"],
    });
  });

  test("has the files of COMPOSE_FILE instead, from the current folder; or those of .env, from the workspace", async () => {
    const files = { "compose.yaml": PROFILE, "repos/a.yaml": PROFILE, "b.yaml": PROFILE };
    const both = { COMPOSE_FILE: "a.yaml:../b.yaml" };
    expect(await choose(files, {}, both)).toMatchObject({ files: ["repos/a.yaml", "b.yaml"], by: "default" });
    const parted = { COMPOSE_FILE: "a.yaml;../b.yaml", COMPOSE_PATH_SEPARATOR: ";" };
    expect(await choose(files, {}, parted)).toMatchObject({ files: ["repos/a.yaml", "b.yaml"] });
    expect(await chosenFile({ ...files, ".env": "COMPOSE_FILE=b.yaml\n" })).toBe("b.yaml");
    expect(await chosenFile({ "repos/a.yaml": PROFILE }, {}, { COMPOSE_FILE: "a.yaml" })).toBe("repos/a.yaml");
    const wrong = await failureOf(choose(files, {}, { COMPOSE_FILE: "nope.yaml" }));
    expect(wrong.message).toMatch(/there is no file .*nope\.yaml \(COMPOSE_FILE names it\)/);
  });

  test("is asked for a Compose file that is there: not a folder by its name", async () => {
    const folder = await folderWith({ "devenv.yaml": "" });
    await mkdir(join(folder, "compose.yaml"));
    const failure = await failureOf(chooseProfile({}, { from: folder, environment: {} }));
    expect(failure.message).toContain("there is no profile in");
  });
});

test("COMPOSE_FILE of the shell does not decide where profiles are", async () => {
  const files = { "profiles/books.yaml": PROFILE, "repos/a.yaml": PROFILE };
  expect(await chosenFile(files, {}, { COMPOSE_FILE: "a.yaml" })).toBe("profiles/books.yaml");
});

test.each([
  ["Shop of Ada.2/compose.yaml", "shopofada2"],
  ["_shop/docker-compose.prod.yml", "shop"],
  ["any/films.yaml", "films"],
  ["any/compose-films.yaml", "compose-films"],
])("the cluster of %s without a name is %s", async (file, name) => {
  const folder = await folderWith({ [file]: PROFILE });
  const profile = await loadProfile(join(folder, file), { workspace: folder, environment: {}, home: "/home/ada" });
  expect(profile.name).toBe(name);
});
