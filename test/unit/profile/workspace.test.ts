import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { findWorkspace, listProfiles } from "../../../src/profile/workspace.ts";
import { failureOf, folderWith } from "./loading.ts";

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

  test.each([["compose.yaml"], ["compose.yml"], ["docker-compose.yml"], ["docker-compose.yaml"]])(
    "is the folder above that has a %s, where none is marked as one",
    async (name) => {
      const folder = await folderWith({ [`shop/${name}`]: PROFILE, "shop/src/x": "" });
      expect(await findWorkspace(join(folder, "shop/src"))).toBe(join(folder, "shop"));
      expect(await findWorkspace("/", join(folder, "shop"))).toBe(join(folder, "shop"));
    },
  );

  test("is not hidden by the Compose file of a repository in it", async () => {
    const workspace = await folderWith({ "profiles/a.yaml": PROFILE, "repos/books/compose.yaml": PROFILE });
    expect(await findWorkspace(join(workspace, "repos/books"))).toBe(workspace);
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
    expect(failure.message).toMatch(/is not inside of a workspace: .*devenv\.yaml.*profiles.*\*\.yaml.*Compose file/);
    expect(failure.hint).toContain("devenv init");
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
