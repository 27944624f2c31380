import { readFile, writeFile } from "node:fs/promises";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { begin, type ClusterView, get, viewOf } from "../harness/cluster-view.ts";
import { eventually } from "../harness/eventually.ts";
import { makeWorkspace, type TestWorkspace } from "../harness/workspace.ts";
import { answering, writeProfile } from "./profile-text.ts";

const dockerHost = `unix://${inject("dockerSocket")}`;

describe("a service with several containers", () => {
  let workspace: TestWorkspace;
  let view: ClusterView;
  const scaled = (replicas: number, more = "") =>
    writeProfile(
      workspace,
      `${answering("web", `    scale: ${replicas}\n${more}`)}      settle: 100ms\n${answering("api")}`,
    );
  /** What each of them answers. */
  const answers = async () => {
    const names = (await view.containers()).filter((name) => name.includes("-web-"));
    return Promise.all(
      names.map(async (name) => {
        const address = await view.docker(
          "inspect",
          "-f",
          "{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}",
          name,
        );
        return get(address, 8080);
      }),
    );
  };

  beforeAll(async () => {
    workspace = await makeWorkspace([{ name: "web" }, { name: "api" }], dockerHost);
    view = viewOf(workspace);
    await scaled(3);
    const { code, output } = await workspace.run("up");
    expect(code, output).toBe(0);
  });
  afterAll(() => workspace.remove());

  it("comes up whole, and is found under its name by the others", async () => {
    expect(await answers()).toEqual(["ci", "ci", "ci"]);
    expect(await view.statusOf("web")).toMatchObject({ state: "ready", ready: true, replicas: { ready: 3, of: 3 } });
    const found = await workspace.run("exec", "api", "/devenv/init/busybox", "nslookup", "web");
    expect(found.stdout.match(/^Address.*: 10\./gm)?.length).toBeGreaterThanOrEqual(3);
    expect((await workspace.run("up")).stdout).toContain("Nothing to do");
  });

  it("shows in the status how many are ready, and is made whole by the next `up`", async () => {
    await view.docker("kill", `${workspace.cluster}-web-2`);
    expect(await view.statusOf("web")).toMatchObject({ state: "crashed", ready: false, replicas: { ready: 2, of: 3 } });
    expect((await workspace.run("status")).stdout).toMatch(/web +crashed 2\/3/);
    expect((await workspace.run("up")).stdout).toMatch(/start web 2 \(is exited/);
    expect((await view.statusOf("web")).ready).toBe(true);
  });

  it("takes a new build up one by one", async () => {
    const before = Object.keys(await view.identities());
    await workspace.ciBuilds({ web: "two" });
    const { code, output } = await workspace.run("up");
    expect(code, output).toBe(0);
    expect(await answers()).toEqual(["two", "two", "two"]);
    expect(Object.keys(await view.identities())).toEqual(before);
  });

  it("goes back in all of them to the build that answered, and the status says why", async () => {
    await workspace.ciBuilds({ web: { program: "crashes-at-start" } });
    expect((await workspace.run("up")).code).toBe(1);
    expect(await eventually(answers, (all) => all.every(Boolean))).toEqual(["two", "two", "two"]);
    expect(await view.readyStatusOf("web")).toMatchObject({
      state: "rolledBack",
      reason: expect.stringContaining("ended with code"),
    });
    await workspace.ciBuilds({ web: "three" });
    expect((await workspace.run("up")).code).toBe(0);
    expect((await view.statusOf("web")).state).toBe("ready");
  });

  it("is replaced one by one when its definition changed", async () => {
    await scaled(3, "    environment: { LOG: debug }\n");
    const { code, stdout } = await workspace.run("up");
    expect(code).toBe(0);
    expect(stdout.match(/replace web \d/g)).toEqual(["replace web 1", "replace web 2", "replace web 3"]);
    expect(await answers()).toEqual(["three", "three", "three"]);
  });

  it("is restarted one by one, and each one's words are in the log", async () => {
    const started = await view.identities();
    expect((await workspace.run("restart", "web")).code).toBe(0);
    expect(await answers()).toEqual(["three", "three", "three"]);
    expect(await view.identities()).toEqual(started); // its processes, not its containers
    await eventually(
      async () => (await workspace.run("logs", "web")).stdout.match(/devenv: started web/g)?.length ?? 0,
      (starts) => starts >= 6,
    );
  });

  it("takes a save up in all of them, and goes back in all of them when it crashes", async () => {
    const watching = begin(workspace, ["watch"]);
    await watching.until(/watching/);
    await workspace.saveVersion("web", "edited");
    await watching.until(/web #\d+ has settled/);
    expect(await answers()).toEqual(["edited", "edited", "edited"]);
    const source = await readFile(workspace.source("web"), "utf8");
    await writeFile(workspace.source("web"), source.replace("func main() {", 'func main() {\n\tpanic("oops")'));
    await watching.until(/web #\d+ rolled back to/);
    expect(await eventually(answers, (all) => all.every(Boolean))).toEqual(["edited", "edited", "edited"]);
    await writeFile(workspace.source("web"), source.replace("edited", "three"));
    // A write may be two saves: an empty file, and the text.
    await watching.until(/web #\d+ runs local:/, /rolled back/);
    await watching.end("SIGINT");
  });

  it("runs a program in the container that --index names", async () => {
    const hostname = (
      await workspace.run("exec", "--index", "2", "web", "/devenv/init/busybox", "hostname")
    ).stdout.trim();
    expect((await view.docker("inspect", "-f", "{{.Id}}", `${workspace.cluster}-web-2`)).startsWith(hostname)).toBe(
      true,
    );
    const { code, stderr } = await workspace.run("exec", "--index", "9", "web", "true");
    expect(stderr).toContain("web 9 has no container");
    expect(code).toBe(1);
  });

  it("is scaled down, to nothing too, and up again", async () => {
    await scaled(1, "    environment: { LOG: debug }\n");
    expect((await workspace.run("up")).stdout).toMatch(/remove \S+-web-3 \(scaled to 1\)/);
    expect(await answers()).toEqual(["three"]);
    await scaled(0);
    expect((await workspace.run("up")).code).toBe(0);
    expect(await answers()).toEqual([]);
    expect(await view.statusOf("web")).toMatchObject({ state: "off", ready: false });
    await scaled(2);
    expect((await workspace.run("up")).code).toBe(0);
    expect(await answers()).toEqual(["three", "three"]);
  });
});
