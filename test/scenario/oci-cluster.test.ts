import { readFile } from "node:fs/promises";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { type ClusterView, viewOf } from "../harness/cluster-view.ts";
import { type DockerRegistry, startDockerRegistry } from "../harness/docker-registry.ts";
import { freePort } from "../harness/free-port.ts";
import { layer, pushImage } from "../harness/images.ts";
import { answersSaying } from "../harness/programs.ts";
import { type RegistryFront, startRegistryFront } from "../harness/registry-front.ts";
import { makeWorkspace, type TestWorkspace } from "../harness/workspace.ts";

const arch = process.arch === "x64" ? "amd64" : process.arch;

describe("a cluster whose CI pushes images", () => {
  let registry: DockerRegistry;
  let front: RegistryFront;
  let workspace: TestWorkspace;
  let view: ClusterView;
  const run = (...args: string[]) => workspace.run(...args);

  /** What CI does, for one build. */
  const push = async (build: string) => {
    const program = await readFile(await answersSaying(`build ${build}`));
    const image = { arch, layers: [layer({ "app/": "", "app/web": program })] };
    await pushImage({ host: registry.host, repository: "shop/web" }, image, build);
  };

  beforeAll(async () => {
    registry = await startDockerRegistry();
    front = await startRegistryFront(registry.host);
    const yaml = `    ports: ["${await freePort()}:8080"]`;
    workspace = await makeWorkspace([{ name: "web", yaml }], `unix://${inject("dockerSocket")}`);
    view = viewOf(workspace);
    const source = `"oci:${front.host}/shop/{service}:{build}"`;
    await view.editProfile('{ source: "file:./ci" }', `{ source: ${source}, path: "/app/{service}" }`);
    await push("124");
  });
  afterAll(async () => {
    await workspace.remove();
    await front.close();
    await registry.stop();
  });

  it("runs the program out of the newest one, and asks for no layer again", async () => {
    const { code, output } = await run("up");
    expect([code, output]).toEqual([0, expect.any(String)]);
    expect(await view.answer("web")).toBe("build 124");
    expect((await view.statusOf("web")).build).toBe("ci:124");
    expect(await front.during(() => run("up"))).toEqual(["GET tags/list?n=100", "GET manifests/124"]);
  });

  it("takes the next build by `fetch`, lists both, and goes back to one by its number", async () => {
    await push("125");
    expect(await run("fetch")).toMatchObject({ code: 0 });
    expect(await view.answer("web")).toBe("build 125");
    const { stdout } = await run("artifacts", "list", "web");
    expect(stdout).toMatch(/125.*124/s);
    expect((await run("pin", "web", "124")).code).toBe(0);
    expect((await run("up")).code).toBe(0);
    expect(await view.answer("web")).toBe("build 124");
    await run("unpin", "web");
  });

  it("takes one that the daemon has, where the profile says so, and leaves no container of it", async () => {
    await push("126");
    const image = `${registry.host}/shop/web:126`;
    await view.docker("pull", image);
    await view.editProfile(/source: "oci:[^"]*"/, `from: daemon, source: "oci:${image}"`);
    const before = await view.containers();
    const { code, output } = await run("up");
    expect([code, output]).toEqual([0, expect.any(String)]);
    expect(await view.answer("web")).toBe("build 126");
    expect(await view.containers()).toEqual(before);
    await view.docker("rmi", image);
  });
});
