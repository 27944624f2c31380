import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { type ClusterView, viewOf } from "../harness/cluster-view.ts";
import { eventually } from "../harness/eventually.ts";
import { makeWorkspace, type TestWorkspace } from "../harness/workspace.ts";
import { answering, writeProfile } from "./profile-text.ts";

const dockerHost = `unix://${inject("dockerSocket")}`;

describe("devenv up with networks of the profile's own", () => {
  let workspace: TestWorkspace;
  let view: ClusterView;
  const outside = () => `${workspace.cluster}-theirs`;
  /** What one service gets from a URL, asked from inside of its container. */
  const asked = async (service: string, url: string) => {
    const wget = ["/devenv/init/busybox", "wget", "-q", "-O", "-", url];
    return (await workspace.run("exec", service, ...wget)).stdout;
  };
  const services = (back = "") =>
    answering("web", "    networks: { front: {}, back: { aliases: [shop] } }\n") +
    answering("db", "    networks: [back, theirs]\n") +
    `  side:\n    image: scratch\n    command: [/devenv/init/busybox, sleep, "1000"]\n    stop_grace_period: 1s\n    network_mode: "service:db"\n${back}`;
  const networks = (back: string) =>
    `networks:\n  front:\n  back: ${back}\n  theirs: { external: true, name: ${workspace.cluster}-theirs }\n`;

  beforeAll(async () => {
    workspace = await makeWorkspace([{ name: "web" }, { name: "db" }], dockerHost);
    view = viewOf(workspace);
    await writeProfile(workspace, services(), networks("{}"));
  });
  afterAll(async () => {
    await workspace.run("down");
    await view.docker("network", "rm", outside()).catch(() => undefined);
    await workspace.remove();
  });

  it("stops before anything is made where an external network is missing, and names the command", async () => {
    const { code, stderr } = await workspace.run("up");
    expect(stderr).toContain(`network ${outside()} (\`theirs\`) is not there, and the profile calls it external`);
    expect(stderr).toContain(`docker network create ${outside()}`);
    expect(code).toBe(3);
    expect(await view.containers()).toEqual([]);
  });

  it("puts each container on its networks, under its names there", async () => {
    await view.docker("network", "create", outside());
    const { code, output } = await workspace.run("up");
    expect(code, output).toBe(0);
    const on = async (service: string) => Object.keys((await view.container(service))?.NetworkSettings.Networks ?? {});
    expect((await on("web")).toSorted()).toEqual([`${workspace.cluster}_back`, `${workspace.cluster}_front`]);
    expect((await on("db")).toSorted()).toEqual([outside(), `${workspace.cluster}_back`]);
    expect(await asked("db", "http://shop:8080/")).toBe("ci");
    expect(await asked("web", "http://db:8080/")).toBe("ci");
    expect((await workspace.run("up")).stdout).toContain("Nothing to do");
  });

  it("puts a service into the network of another, and replaces it with that one", async () => {
    expect(await asked("side", "http://127.0.0.1:8080/")).toBe("ci");
    const before = await view.container("side");
    await view.docker("rm", "-f", `${workspace.cluster}-db-1`);
    const { code, output } = await workspace.run("up");
    expect(code, output).toBe(0);
    expect((await view.container("side"))?.Id).not.toBe(before?.Id);
    expect(await asked("side", "http://127.0.0.1:8080/")).toBe("ci");
    expect((await workspace.run("up")).stdout).toContain("Nothing to do");
  });

  it("makes a network anew whose definition changed, and replaces what was on it", async () => {
    const before = await view.identities();
    await writeProfile(workspace, services(), networks("{ internal: true }"));
    const { code, output } = await workspace.run("up");
    expect(output).toContain(`make network ${workspace.cluster}_back anew (its definition changed)`);
    expect(code, output).toBe(0);
    expect(await view.docker("network", "inspect", "-f", "{{.Internal}}", `${workspace.cluster}_back`)).toBe("true");
    expect(Object.keys(await view.identities())).toEqual(Object.keys(before));
    expect(await asked("db", "http://shop:8080/")).toBe("ci");
    expect((await workspace.run("up")).stdout).toContain("Nothing to do");
  });

  it("lets everything go back where a changed network meets a service that does not come up", async () => {
    const broken = services().replace(
      "command: [/devenv/bin/web]",
      "command: [/devenv/bin/web]\n    environment: { PORT: x }",
    );
    await writeProfile(workspace, broken, networks("{ internal: true, attachable: true }"));
    const { code } = await workspace.run("up");
    expect(code).toBe(1);
    expect(
      await eventually(
        () => asked("db", "http://shop:8080/"),
        (answer) => answer === "ci",
      ),
    ).toBe("ci");
    await writeProfile(workspace, services(), networks("{ internal: true, attachable: true }"));
    expect((await workspace.run("up")).code).toBe(0);
  });

  it("removes with `down` its own networks and nobody else's", async () => {
    expect((await workspace.run("down")).code).toBe(0);
    const left = (await view.docker("network", "ls", "--format", "{{.Name}}")).split("\n");
    expect(left.filter((name) => name.startsWith(workspace.cluster))).toEqual([outside()]);
  });
});
