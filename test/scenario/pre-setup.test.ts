import { createHash } from "node:crypto";
import { appendFile, chmod, copyFile, mkdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { systemProcesses } from "../../src/host/process.ts";
import { begin, type ClusterView, viewOf } from "../harness/cluster-view.ts";
import { startWatch, untilSettled } from "../harness/devenv.ts";
import { eventually } from "../harness/eventually.ts";
import { makeWorkspace, type TestWorkspace } from "../harness/workspace.ts";

let workspace: TestWorkspace;
let view: ClusterView;

/** Writes a service's container/bin/pre_setup.sh. */
async function script(service: string, lines: readonly string[], first = "#!/bin/sh"): Promise<void> {
  const file = join(workspace.folder, "repos", service, "container/bin/pre_setup.sh");
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, [first, ...lines, ""].join("\n"));
  await chmod(file, 0o755);
}

const log = (service: string) => view.docker("logs", `${workspace.cluster}-${service}-1`);
/** Resolves when it has this; a line may come to Docker's log a moment after what was done behind it. */
const untilLogged = (service: string, text: string | RegExp) =>
  eventually(
    () => log(service),
    (all) => (typeof text === "string" ? all.includes(text) : text.test(all)),
  );
/** How often a script said that it ran: once at least. */
const runs = async (service: string) => {
  const all = await untilLogged(service, /^set up$/m);
  return all.split("\n").filter((line) => line === "set up").length;
};
/** A file of a service's container, told by its own program. */
const file = (service: string, path: string) => view.answer(service, `/file?path=${path}`);
/** The cluster's mount on this machine. */
const mountOf = async (service: string): Promise<string> =>
  (
    await view.docker(
      "inspect",
      "-f",
      '{{range .Mounts}}{{if eq .Destination "/devenv"}}{{.Source}}{{end}}{{end}}',
      name(service),
    )
  ).trim();
const name = (service: string) => `${workspace.cluster}-${service}-1`;

/** Services that are not supervised: the profile, or the image, says what they run. */
const PLAIN = `  written:
    image: scratch
    command: [/devenv/init/busybox, httpd, -f, -p, "8080", -h, /site]
    stop_grace_period: 1s
    x-devenv: { repo: repos/written, ready: { http: /index.html, port: 8080, within: 5s } }
  silent:
    image: scratch
    entrypoint: [/devenv/init/busybox, sleep]
    command: ["1000"]
    stop_grace_period: 0s
    environment: { spring.profile: "a b", LINES: "one\\ntwo", PLAIN: x=y }
    x-devenv: { repo: repos/silent }
`;

const READY = "      settle: 100ms\n      ready: { http: /healthz, port: 8080, within: 5s }";

beforeAll(async () => {
  const readOnly = '    read_only: true\n    user: "1234:5678"\n    working_dir: /devenv';
  workspace = await makeWorkspace(
    [{ name: "books", devenv: READY }, { name: "strict", yaml: readOnly }, { name: "other" }],
    `unix://${inject("dockerSocket")}`,
  );
  view = viewOf(workspace);
  await appendFile(workspace.profile, PLAIN);
  const tell = 'echo "for $CLUSTER_ENV, $DEVENV_SERVICE in $(pwd) as $(id -u), $DEVENV_CONFIG"';
  await script("books", ["echo set up", tell, "mkdir /made && echo by books | tee /made/file | tr a-z A-Z"]);
  await script("strict", ["echo set up", tell]);
  await script("written", ["echo set up", "mkdir /site && echo made >/site/index.html"]);
  await script("silent", ["sleep 1", "echo set up"]);
  const up = await workspace.run("up");
  expect(up.output).toContain("is up on docker");
});
afterAll(() => workspace?.remove());

describe("container/bin/pre_setup.sh", () => {
  it("has run when up says that the service is up, with what a script needs, in an empty image", async () => {
    await untilLogged("books", /^for local, books in \/ as 0, \/devenv\/config\/books\nBY BOOKS$/m);
    expect(await file("books", "/made/file")).toBe("by books\n");
    expect(await view.answer("written", "/index.html")).toBe("made\n");
  });

  it("runs as the container's user, in its folder, in a read-only file system", async () => {
    await untilLogged("strict", "for local, strict in /devenv as 1234, /devenv/config/strict");
    await view.docker("restart", "-t", "1", name("strict"));
    await view.untilAnswers("strict", "ci");
    expect(await runs("strict")).toBe(1);
  });

  it("is waited for where nothing else tells that a service is up", async () => {
    expect(await runs("silent")).toBe(1);
  });

  it("leaves the program its environment to the letter, and makes way for it as process 1", async () => {
    const inside = (...words: string[]) => view.docker("exec", name("silent"), "/devenv/init/busybox", ...words);
    const environment = (await inside("cat", "/proc/1/environ")).split("\0").filter(Boolean);
    const names = ["CLUSTER_ENV", "HOME", "HOSTNAME", "LINES", "PATH", "PLAIN", "spring.profile"];
    expect(environment.map((entry) => entry.slice(0, entry.indexOf("="))).sort()).toEqual(names);
    expect(environment).toEqual(expect.arrayContaining(["spring.profile=a b", "LINES=one\ntwo", "PLAIN=x=y"]));
    expect((await inside("cat", "/proc/1/cmdline")).split("\0")).toEqual(["/devenv/init/busybox", "sleep", "1000", ""]);
  });

  it("does not run at a restart, nor at a new build, nor at the next up", async () => {
    await workspace.run("restart", "books", "written");
    await view.docker("restart", "-t", "1", name("books"));
    await workspace.ciBuilds({ books: "ci two" });
    const { code, output } = await workspace.run("up");
    expect(output).toContain("update books");
    expect(code).toBe(0);
    expect(await view.answer("books")).toBe("ci two");
    expect([await runs("books"), await runs("written")]).toEqual([1, 1]);
  });

  it("that changed waits for the next fresh container, which it runs in", async () => {
    const before = await view.identities();
    await script("books", ["echo set up", "echo anew"]);
    expect((await workspace.run("up")).stdout).toContain("Nothing to do");
    expect(await view.identities()).toEqual(before);
    await view.editProfile("command: [/devenv/bin/books]", "command: [/devenv/bin/books]\n    environment: { A: b }");
    expect((await workspace.run("up")).code).toBe(0);
    await untilLogged("books", "anew");
    expect(await runs("books")).toBe(1);
    expect(await file("books", "/made/file")).toBeUndefined();
  });

  it("that a repository gets makes its container anew, and so does its end", async () => {
    await script("other", ["echo set up"]);
    expect((await workspace.run("up")).stdout).toMatch(/✔ replace other \(its definition changed\)/);
    expect(await runs("other")).toBe(1);
    await rm(join(workspace.folder, "repos/other/container/bin"), { recursive: true });
    expect((await workspace.run("up")).stdout).toMatch(/✔ replace other \(its definition changed\)/);
    expect(await log("other")).not.toContain("pre_setup.sh");
  });

  it("leaves swaps as they are", async () => {
    const devenv = await startWatch(workspace);
    const since = devenv.events.length;
    await workspace.saveVersion("books", "swapped");
    await untilSettled(devenv, "books", since);
    await devenv.interrupt();
    expect(await view.answer("books")).toBe("swapped");
    expect(await runs("books")).toBe(1);
  });
});

describe("a pre_setup.sh that fails", () => {
  /** Makes the container of a service anew with this script in it, which is to fail. */
  async function fresh(service: string, lines: readonly string[], first?: string) {
    await script(service, lines, first);
    await view.docker("rm", "-f", name(service));
    return workspace.run("up");
  }

  it("is the service's failure, with its output; it runs again at the next up, and then well", async () => {
    // Of two streams Docker keeps no order between them.
    const lines = ["exec 2>&1", "echo looking for a table", "ls /no/such/table", "exit 3"];
    const { code, stderr } = await fresh("books", lines);
    expect(stderr).toContain("✖ books was not set up: container/bin/pre_setup.sh ended with code 3");
    expect(stderr).toMatch(/│ looking for a table\n.*│ ls: \/no\/such\/table: No such file or directory/);
    expect(stderr).not.toContain("devenv: pre_setup.sh");
    expect(code).toBe(1);
    expect(await view.statusOf("books")).toMatchObject({ state: "crashed" });
    await script("books", ["echo set up"]);
    expect((await workspace.run("up")).code).toBe(0);
    expect([await view.answer("books"), await runs("books")]).toEqual(["swapped", 1]);
  });

  it("by a signal is told, too", async () => {
    const { code, stderr } = await fresh("written", ["kill -s KILL $$"]);
    expect(stderr).toContain("✖ written was not set up: container/bin/pre_setup.sh ended with code 137");
    expect(code).toBe(1);
  });

  it("names a program of the image that is not there", async () => {
    const { stderr } = await fresh("written", ["echo set up"], "#!/usr/bin/env bash");
    expect(stderr).toContain("✖ written was not set up: container/bin/pre_setup.sh ended with code 127");
    expect(stderr).toContain("wants bash, which the image does not have");
    const windows = await fresh("written", ["echo set up"], "#!/bin/sh\r");
    expect(windows.stderr).toContain("has the line ends of Windows (CRLF)");
    await script("written", ["echo set up", "mkdir -p /site && echo made >/site/index.html"]);
    expect((await workspace.run("up")).code).toBe(0);
  });

  it("because it goes on past the service's deadline is told with that", async () => {
    await view.editProfile("within: 5s", "within: 3s"); // the first: books
    const { code, stderr } = await fresh("books", ["echo waiting for a table", "sleep 1000"]);
    await view.editProfile("within: 3s", "within: 5s");
    expect(stderr).toMatch(/✖ books was not set up: container\/bin\/pre_setup.sh did not end within 3(\.\d)? s/);
    expect(stderr).toContain("│ waiting for a table");
    expect(code).toBe(1);
  });

  it("and is killed with its container runs again at its next start", async () => {
    await view.docker("kill", name("books"));
    await script("books", ["echo set up"]);
    expect((await workspace.run("up")).code).toBe(0);
    expect(await runs("books")).toBe(1);
  });

  it("ends with a stop of its container, well within the grace", async () => {
    await script("books", ["echo begun", "sleep 1000"]);
    await view.docker("rm", "-f", name("books"));
    const devenv = begin(workspace, ["up"]);
    await expect.poll(() => log("books").catch(() => "")).toContain("begun");
    await view.docker("stop", "-t", "20", name("books"));
    expect((await view.container("books"))?.State).toMatchObject({ Status: "exited", ExitCode: 143 });
    expect((await devenv.ended).code).toBe(1);
    await script("books", ["echo set up"]);
    expect((await workspace.run("up")).code).toBe(0);
  });

  it("in a replacement gives way to the container that it was to replace", async () => {
    const before = await view.container("books");
    await script("books", ["echo no", "exit 9"]);
    await view.editProfile("environment: { A: b }", "environment: { A: c }");
    const { stderr } = await workspace.run("up");
    expect(stderr).toContain("✖ books was not set up: container/bin/pre_setup.sh ended with code 9");
    expect(stderr).toContain("What ran before is back in place.");
    expect((await view.container("books"))?.Id).toBe(before?.Id);
    await view.untilAnswers("books", "swapped");
    await script("books", ["echo set up"]);
    expect((await workspace.run("up")).code).toBe(0);
  });
});

describe("a pre_setup.sh where the image has a shell of its own", () => {
  const image = "devenv-test/tools";
  const TOOLS = `  tools:
    image: ${image}
    stop_grace_period: 0s
    x-devenv: { repo: repos/tools }
`;

  it("is run by that, before the program that the image names", async () => {
    const root = join(workspace.folder, "root");
    await mkdir(join(root, "bin"), { recursive: true });
    await copyFile(join(await mountOf("books"), "init/busybox"), join(root, "bin/busybox"));
    await symlink("busybox", join(root, "bin/sh"));
    const tar = join(workspace.folder, "root.tar");
    await systemProcesses.run("tar", ["-C", root, "-cf", tar, "."]);
    const changes = ['ENTRYPOINT ["sh", "-c"]', 'CMD ["echo runs by $0; exec /bin/busybox sleep 1000"]'];
    await view.docker("import", ...changes.flatMap((change) => ["--change", change]), tar, image);
    await script("tools", ["echo set up", "readlink /proc/$$/exe", "echo $0"]);
    await appendFile(workspace.profile, TOOLS);
    const up = await workspace.run("up");
    expect([up.code, up.stderr.split("\n")[1]]).toEqual([0, ""]);
    expect((await untilLogged("tools", "runs by")).split("\n")).toEqual(
      expect.arrayContaining(["set up", "/bin/busybox", "/devenv/setup/tools", "runs by /bin/sh"]),
    );
  });
});

describe("a service whose repository is not cloned", () => {
  it("takes config and pre_setup.sh from CI, and its own as soon as it is cloned", async () => {
    await view.editProfile("provider: docker", "provider: docker\n  repos: [{ path: repos/other }]");
    await rm(join(workspace.folder, "repos/other"), { recursive: true });
    const folder = join(workspace.folder, "ci/builds/1");
    await mkdir(join(folder, "etc"), { recursive: true });
    await writeFile(join(folder, "pre_setup.sh"), "#!/bin/sh\necho set up by CI\n");
    await writeFile(join(folder, "etc/config.toml"), "by CI");
    await systemProcesses.run("tar", ["-C", join(folder, "etc"), "-cf", join(folder, "etc.tar"), "config.toml"]);
    const described = async (path: string) => {
      const content = await readFile(join(folder, path));
      const sha256 = createHash("sha256").update(content).digest("hex");
      return { path: `builds/1/${path}`, sha256, size: content.length };
    };
    const manifest = join(workspace.folder, "ci/manifest.json");
    const written = JSON.parse(await readFile(manifest, "utf8"));
    Object.assign(written.services.other, {
      setup: await described("pre_setup.sh"),
      config: await described("etc.tar"),
    });
    await writeFile(manifest, JSON.stringify(written));
    expect((await workspace.run("up")).code).toBe(0);
    await untilLogged("other", "set up by CI");
    expect(await file("other", "/devenv/config/other/config.toml")).toBe("by CI");

    await script("other", ["echo set up"]);
    expect((await workspace.run("up")).code).toBe(0);
    expect(await file("other", "/devenv/config/other/config.toml")).toBeUndefined();
    await view.docker("rm", "-f", name("other"));
    expect((await workspace.run("up")).code).toBe(0);
    expect(await runs("other")).toBe(1);
  });
});
