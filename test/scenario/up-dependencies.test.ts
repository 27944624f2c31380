import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { type ClusterView, get, viewOf } from "../harness/cluster-view.ts";
import { freePort } from "../harness/free-port.ts";
import { makeWorkspace, type TestWorkspace } from "../harness/workspace.ts";
import { answering, writeProfile } from "./profile-text.ts";

const dockerHost = `unix://${inject("dockerSocket")}`;

describe("devenv up with services that depend on each other", () => {
  let workspace: TestWorkspace;
  let view: ClusterView;
  let ports: number[];

  beforeAll(async () => {
    workspace = await makeWorkspace(
      [{ name: "web" }, { name: "db" }, { name: "tracing", ci: "crashes-at-start" }],
      dockerHost,
    );
    view = viewOf(workspace);
    ports = [await freePort(), await freePort()];
  });
  afterAll(() => workspace.remove());

  const onDb = (more = "") => `    depends_on: { db: { condition: service_healthy${more} } }\n`;
  const startOf = async (service: string) => (await view.container(service))?.State.StartedAt;

  it("starts a service though an optional dependency does not come up", async () => {
    const optional = "    depends_on: { tracing: { condition: service_healthy, required: false } }\n";
    await writeProfile(workspace, answering("web", optional) + answering("tracing"));
    const { code, output } = await workspace.run("up");
    expect(code, output).toBe(1);
    expect(await view.answer("web")).toBe("ci");
    const [started, crashed] = await Promise.all([startOf("web"), view.container("tracing")]);
    expect((started ?? "") > (crashed?.State.StartedAt ?? "never")).toBe(true);
  });

  it("leaves out a service whose required one does not come up, which is off and not starting", async () => {
    const required = "    depends_on: { tracing: { condition: service_healthy } }\n";
    await writeProfile(workspace, answering("db", required) + answering("tracing"));
    expect((await workspace.run("up")).code).toBe(1);
    expect(await view.statusOf("db")).toMatchObject({ state: "off", reason: "was created and not started yet" });
  });

  it("restarts a service that asked for it after its dependency was replaced, and with `restart`", async () => {
    await writeProfile(workspace, answering("web", onDb(", restart: true")) + answering("db"));
    expect((await workspace.run("up")).code).toBe(0);
    const [id, before] = [(await view.container("web"))?.Id, await startOf("web")];
    await writeProfile(workspace, answering("web", onDb(", restart: true")) + answering("db", '    user: "65534"\n'));
    const { code, output } = await workspace.run("up");
    expect(output).toContain("restart web (db is started anew)");
    expect(code).toBe(0);
    const between = await startOf("web");
    expect(between).not.toBe(before);
    expect((await view.container("web"))?.Id).toBe(id);
    const { stdout } = await workspace.run("restart", "db");
    expect(stdout).toMatch(/db answers again.*\n.*web answers again/);
  });

  it("moves a port from one service to another, and swaps two, in one go", async () => {
    const [one, two] = ports;
    const at = (web: number | undefined, db: number | undefined) =>
      writeProfile(
        workspace,
        answering("web", `    ports: ["${web}:8080"]\n    environment: { VERSION: web }\n`) +
          answering("db", `    ports: ["${db}:8080"]\n    environment: { VERSION: db }\n`),
      );
    const answers = () => Promise.all([get("127.0.0.1", one ?? 0), get("127.0.0.1", two ?? 0)]);
    await at(one, two);
    expect((await workspace.run("up")).code).toBe(0);
    expect(await answers()).toEqual(["web", "db"]);
    await at(two, one);
    const { code, output } = await workspace.run("up");
    expect(code, output).toBe(0);
    expect(await answers()).toEqual(["db", "web"]);
    expect((await workspace.run("up")).stdout).toContain("Nothing to do");
  });
});

describe("a CI build that `up` rolled back", () => {
  let workspace: TestWorkspace;
  let view: ClusterView;

  beforeAll(async () => {
    workspace = await makeWorkspace([{ name: "web" }], dockerHost);
    view = viewOf(workspace);
    expect((await workspace.run("up")).code).toBe(0);
  });
  afterAll(() => workspace.remove());

  it("is told by the status with its reason, until a good one takes its place", async () => {
    await workspace.ciBuilds({ web: { program: "crashes-at-start" } });
    expect((await workspace.run("up")).code).toBe(1);
    const status = await view.readyStatusOf("web");
    expect(status).toMatchObject({ state: "rolledBack", build: "ci:124" });
    expect(status.reason).toContain("ended with code");
    await workspace.ciBuilds({ web: "good" });
    expect((await workspace.run("up")).code).toBe(0);
    expect((await view.statusOf("web")).state).toBe("ready");
  });
});
