import { appendFile, mkdir, rename, rm, symlink, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { type ClusterView, viewOf } from "../harness/cluster-view.ts";
import { ofType, type RunningDevenv, startWatch, untilSettled } from "../harness/devenv.ts";
import { makeWorkspace, type TestWorkspace } from "../harness/workspace.ts";
import { ofService } from "./save-loop-cluster.ts";

/**
 * A service without an artifact: the program comes with the image (here with the mount, as the empty image has none),
 * and all that it gets from its repository is its config, which it serves. One with `broken` in it makes it end.
 */
const PAGES = `  pages:
    image: scratch
    entrypoint: [/devenv/init/busybox, sh, -c]
    command:
      - |
        cd /devenv/config/pages
        if grep -q broken index.html; then echo "index.html: broken" >&2; exit 3; fi
        exec httpd -f -p 8080
    stop_grace_period: 1s
    x-devenv:
      repo: repos/pages
      ready: { http: /index.html, port: 8080, within: 5s }
      settle: 100ms
`;

let workspace: TestWorkspace;
let view: ClusterView;

/** By one rename, as editors do it. */
async function edit(path: string, text: string): Promise<void> {
  const file = join(workspace.folder, "repos", path);
  await mkdir(dirname(file), { recursive: true });
  await writeFile(join(workspace.folder, "draft"), text);
  await rename(join(workspace.folder, "draft"), file);
}

/** What a Go service of the fixtures finds in its config folder. */
const configOf = (service: string, file: string) =>
  view.answer(service, `/file?path=/devenv/config/${service}/${file}`);

beforeAll(async () => {
  workspace = await makeWorkspace([{ name: "books" }, { name: "other" }], `unix://${inject("dockerSocket")}`);
  view = viewOf(workspace);
  await appendFile(workspace.profile, PAGES);
  await edit("books/container/etc/config.local.toml", "one");
  await edit("pages/container/etc/index.html", "page one");
  const up = await workspace.run("up");
  expect(up.output).toContain("is up on docker");
});
afterAll(() => workspace?.remove());

describe("container/etc of a repository", () => {
  it("is in the mount, of a service that runs CI's binary and of one that has no artifact", async () => {
    expect(await configOf("books", "config.local.toml")).toBe("one");
    expect(await view.statusOf("books")).toMatchObject({ mode: "ci", build: "ci:124" });
    expect(await view.answer("pages", "/index.html")).toBe("page one");
    expect(await view.statusOf("pages")).toMatchObject({ state: "ready", mode: "image" });
  });

  it("that was edited while no watch ran is delivered by up, which restarts only what it concerns", async () => {
    const before = await view.identities();
    await edit("books/container/etc/config.local.toml", "two");
    await edit("pages/container/etc/index.html", "page two");
    const { code, stdout } = await workspace.run("up");
    expect(stdout).toMatch(/✔ update books \(its configuration changed\)/);
    expect(stdout).toMatch(/✔ update pages \(its configuration changed\)/);
    expect(code).toBe(0);
    expect(await configOf("books", "config.local.toml")).toBe("two");
    expect(await view.answer("pages", "/index.html")).toBe("page two");
    const after = await view.identities();
    expect(Object.keys(after)).toEqual(Object.keys(before));
    expect(after[`${workspace.cluster}-other-1`]).toBe(before[`${workspace.cluster}-other-1`]);
    expect((await workspace.run("up")).stdout).toContain("Nothing to do");
  });

  it("with a link that leads out of it is refused, with the link's name", async () => {
    const link = join(workspace.folder, "repos/books/container/etc/secret.toml");
    await symlink("/etc/hostname", link);
    const { code, stderr } = await workspace.run("up");
    expect(stderr).toContain(`${link} is a symbolic link that leads to nothing inside`);
    expect(code).toBe(1);
    await rm(link);
  });

  it("that makes a service end is taken back by up, which shows what the service said", async () => {
    await edit("pages/container/etc/index.html", "broken");
    const { code, stderr } = await workspace.run("up");
    expect(stderr).toMatch(/✖ pages ended with code 3/);
    expect(stderr).toContain("│ index.html: broken");
    expect(code).toBe(1);
    await expect.poll(() => view.answer("pages", "/index.html")).toBe("page two");
    await edit("pages/container/etc/index.html", "page two");
    expect((await workspace.run("up")).code).toBe(0);
  });
});

describe("a save in container/etc while devenv watch runs", () => {
  let devenv: RunningDevenv;

  beforeAll(async () => {
    devenv = await startWatch(workspace);
  });
  afterAll(() => devenv?.interrupt());

  it("reaches a service that runs CI's binary, which stays CI's", async () => {
    const before = await view.container("books");
    const since = devenv.events.length;
    await edit("books/container/etc/config.local.toml", "three");
    const { build } = await devenv.until(ofType("committed"), since);
    expect(build).toBe("ci:124");
    expect(await configOf("books", "config.local.toml")).toBe("three");
    expect((await view.container("books"))?.State).toEqual(before?.State);
    expect(await view.statusOf("books")).toMatchObject({ mode: "ci", build: "ci:124", state: "ready" });
  });

  it("reaches a service that runs a local build, with files added, in folders, by links, and taken away", async () => {
    let since = devenv.events.length;
    await workspace.saveVersion("books", "local");
    const { build } = await devenv.until(ofType("committed"), since);
    since = devenv.events.length;
    await edit("books/container/etc/rules/more.toml", "more");
    await symlink("rules", join(workspace.folder, "repos/books/container/etc/links"));
    await rm(join(workspace.folder, "repos/books/container/etc/config.local.toml"));
    expect(await devenv.until(ofType("committed"), since)).toMatchObject({ build });
    // By one swap or several. A service that is being restarted answers nothing: that a file is gone, its folder tells.
    const folder = ["/devenv/init/busybox", "ls", "/devenv/config/books/"];
    await expect.poll(() => view.docker("exec", `${workspace.cluster}-books-1`, ...folder)).toBe("links\nrules");
    const answers = () =>
      Promise.all([configOf("books", "rules/more.toml"), configOf("books", "links/more.toml"), view.answer("books")]);
    await expect.poll(answers).toEqual(["more", "more", "local"]);
  });

  it("restarts a service without an artifact", async () => {
    const before = await view.container("pages");
    const since = devenv.events.length;
    await edit("pages/container/etc/index.html", "page three");
    await untilSettled(devenv, "pages", since);
    expect(await view.answer("pages", "/index.html")).toBe("page three");
    const after = await view.container("pages");
    expect(after?.Id).toBe(before?.Id);
    expect(after?.State.StartedAt).not.toBe(before?.State.StartedAt);
  });

  it("is taken back by itself when it makes the service end, and the screen says why", async () => {
    const since = devenv.events.length;
    await edit("pages/container/etc/index.html", "broken");
    const { failure } = await devenv.until(ofService("pages", "notReady"), since);
    expect(failure).toMatchObject({ message: "pages ended with code 3", output: "index.html: broken" });
    await devenv.until(ofService("pages", "rolledBack"), since);
    expect(await view.answer("pages", "/index.html")).toBe("page three");
    expect(await view.statusOf("pages")).toMatchObject({ state: "rolledBack", reason: "pages ended with code 3" });
  });

  it("leaves the config that is there when nothing is left of it, and says so", async () => {
    const since = devenv.events.length;
    await rm(join(workspace.folder, "repos/pages/container/etc"), { recursive: true });
    const { failure } = await devenv.until(ofService("pages", "buildFailed"), since);
    expect(failure.message).toMatch(/^pages: there is nothing in .*\/repos\/pages\/container\/etc any more$/);
    expect(await view.answer("pages", "/index.html")).toBe("page three");
  });
});

describe("a config that was edited while no watch ran", () => {
  it("is delivered to a local build, which stays", async () => {
    const { build } = await view.statusOf("books");
    expect(build).toMatch(/^local:/);
    await edit("books/container/etc/config.local.toml", "four");
    expect((await workspace.run("up")).stdout).toMatch(/✔ update books \(its configuration changed\)/);
    expect(await configOf("books", "config.local.toml")).toBe("four");
    expect(await view.statusOf("books")).toMatchObject({ mode: "local", build });
  });

  it("is delivered in mode ci, and in mode local, to what the mode says", async () => {
    for (const [mode, text] of [["ci", "five"] as const, ["local", "six"] as const]) {
      expect((await workspace.run("use", `books=${mode}`)).code).toBe(0);
      await edit("books/container/etc/config.local.toml", text);
      expect((await workspace.run("up")).code).toBe(0);
      expect(await configOf("books", "config.local.toml")).toBe(text);
      expect(await view.statusOf("books")).toMatchObject({ mode, state: "ready" });
    }
    await workspace.run("use", "--clear");
  });
});

describe("restart: none", () => {
  it("is for the files that a service reads at each request: a new config restarts it all the same", async () => {
    await view.editProfile(/(pages:(?:\n.*)+?repo: repos\/pages)/, "$1\n      restart: none");
    await edit("pages/container/etc/index.html", "page four");
    expect((await workspace.run("up")).code).toBe(0);
    const before = await view.container("pages");
    await edit("pages/container/etc/index.html", "page five");
    expect((await workspace.run("up")).code).toBe(0);
    expect(await view.answer("pages", "/index.html")).toBe("page five");
    expect((await view.container("pages"))?.State.StartedAt).not.toBe(before?.State.StartedAt);
  });
});

describe("another environment", () => {
  it("is named by the profile; the same files are in the mount, and the service learns which to take", async () => {
    const tell = ["/devenv/init/busybox", "sh", "-c", "echo $CLUSTER_ENV"];
    const told = async () => (await workspace.run("exec", "books", ...tell)).stdout;
    expect(await told()).toBe("local\n");
    await edit("books/container/etc/config.staging.toml", "of staging");
    await view.editProfile("provider: docker\n", "provider: docker\n  environment: staging\n");
    const { code, output } = await workspace.run("up");
    expect({ code, output }).toMatchObject({ code: 0 });
    expect(await told()).toBe("staging\n");
    expect(await configOf("books", "config.staging.toml")).toBe("of staging");
    expect(await configOf("books", "config.local.toml")).toBeDefined();
    expect((await workspace.run("status")).stdout).toContain("environment staging");
  });
});
