import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { EMPTY_IMAGE, importEmptyImage } from "../../src/docker/empty-image.ts";
import { type ClusterView, viewOf } from "../harness/cluster-view.ts";
import { testDaemon } from "../harness/docker.ts";
import { type Registry, registryWithBooks } from "../harness/registry.ts";
import { makeWorkspace, type TestWorkspace } from "../harness/workspace.ts";
import { writeProfile } from "./profile-text.ts";

const dockerHost = `unix://${inject("dockerSocket")}`;
const { daemon, endpoint } = await testDaemon();

describe("pull_policy", () => {
  let workspace: TestWorkspace;
  let view: ClusterView;
  let registry: Registry;
  const image = () => `${registry.host}/books:1`;
  const sleeping = (policy: string) =>
    writeProfile(
      workspace,
      `  web:\n    image: ${image()}\n    pull_policy: ${policy}\n    command: [/devenv/init/busybox, sleep, "1000"]\n    stop_grace_period: 1s\n`,
    );

  beforeAll(async () => {
    workspace = await makeWorkspace([{ name: "web" }], dockerHost);
    view = viewOf(workspace);
    registry = await registryWithBooks(endpoint.platform);
  });
  afterAll(async () => {
    await workspace.remove();
    await view.docker("rmi", "-f", image()).catch(() => undefined);
    await registry.close();
  });

  it("never: a missing image stops `up` before anything is made, with the command that gets it", async () => {
    await sleeping("never");
    const { code, stderr } = await workspace.run("up");
    expect(stderr).toContain(`image ${image()} is not there, and pull_policy: never`);
    expect(stderr).toContain(`docker pull ${image()}`);
    expect(code).toBe(3);
    expect(await view.containers()).toEqual([]);
  });

  it("missing: what is there under that name is run, whatever the registry has", async () => {
    await sleeping("missing");
    expect((await workspace.run("up")).code).toBe(0);
    await importEmptyImage(daemon);
    await view.docker("tag", EMPTY_IMAGE, image());
    const { code, output } = await workspace.run("up");
    expect(output).toContain("replace web (its image changed)");
    expect(code, output).toBe(0);
    expect((await workspace.run("up")).stdout).toContain("Nothing to do");
  });

  it("always: the registry's is pulled first, and the container replaced where it is another one", async () => {
    await sleeping("always");
    const before = await view.container("web");
    const dry = await workspace.run("up", "--dry-run");
    expect(dry.stderr).toContain(`first pulled, as pull_policy: always says: ${image()}`);
    const { code, output } = await workspace.run("up");
    expect(output).toContain(`pulling ${image()} (pull_policy: always)`);
    expect(code, output).toBe(0);
    const after = await view.container("web");
    expect(after?.Image).not.toBe(before?.Image);
    expect((await workspace.run("up")).stdout).toContain("Nothing to do");
    expect((await view.container("web"))?.Id).toBe(after?.Id);
  });
});
