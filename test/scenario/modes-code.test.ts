import { readdir, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { ofType, startWatch } from "../harness/devenv.ts";
import { answering, type ModesCluster, modesCluster } from "./modes-cluster.ts";
import { goProgram } from "./save-loop-cluster.ts";

let cluster: ModesCluster;
const folder = () => join(cluster.folder, ".xdg/state/devenv/clusters", cluster.cluster);
const use = (...words: string[]) => cluster.run("use", ...words);
const save = (text: string) => writeFile(cluster.source("search"), text);

beforeAll(async () => {
  cluster = await modesCluster();
});
afterAll(() => cluster.remove());
afterEach(async () => {
  await save(goProgram("from the tree"));
  await use("search=ci");
  await use("--clear");
});

describe("a service in mode local", () => {
  it("runs what is in the work tree now, and its container and all others are the same", async () => {
    await save(goProgram("edited before"));
    const before = await cluster.others();
    const { code, output } = await use("search=local");
    expect(output).toContain("building search");
    expect(code).toBe(0);
    expect(await cluster.view.answer("search")).toBe("edited before");
    expect(await cluster.others()).toEqual(before);
    expect(await cluster.view.statusOf("search")).toMatchObject({
      mode: "local",
      build: expect.stringMatching(/^local:/),
    });
  });

  it("stays what it is when the choice is taken back, and is told so", async () => {
    await use("search=local");
    const { stdout } = await use("--clear", "search");
    expect(stdout).toMatch(/^ +search +local$/m);
    expect((await use("--list")).stdout).toMatch(/^search +local +default/m);
    expect(await cluster.view.statusOf("search")).toMatchObject({ mode: "local" });
  });

  it("is built anew by an up where its build is gone", async () => {
    await save(goProgram("built again"));
    await use("search=local");
    await cluster.run("down");
    const store = join(cluster.folder, ".xdg/cache/devenv/store");
    expect((await readdir(store)).length).toBeGreaterThan(0);
    await rm(store, { recursive: true });
    expect((await cluster.run("up")).code).toBe(0);
    expect(await cluster.view.answer("search")).toBe("built again");
  });

  it("keeps the mode that it had where the tree does not compile, with the compiler's words and a way out", async () => {
    await save("package main\n\nfunc main() { oops }\n");
    const { code, stderr } = await use("search=local");
    expect(stderr).toMatch(/undefined: oops/);
    expect(stderr).toContain("`devenv use search=ci` runs CI's build meanwhile");
    expect(code).toBe(1);
    expect(await cluster.view.answer("search")).toBe("ci");
    expect((await use("--list")).stdout).toMatch(/^search +ci +default/m);
  });

  it("goes back to what answered where the tree's program does not, and is no local one then", async () => {
    await save(goProgram("never", { first: "select {}" }));
    const { code, stderr } = await use("search=local", "reviews=off");
    expect(stderr).toContain("What ran before is back in place.");
    expect(code).toBe(1);
    expect(await cluster.view.answer("search")).toBe("ci");
    const { stdout } = await use("--list");
    expect(stdout).toMatch(/^search +ci +default/m);
    expect(stdout).toMatch(/^reviews +off +you/m); // what came to its mode stays in it
  });
});

describe("a service in mode ci", () => {
  it("runs CI's build again, also after a local one, and stays on it over an up", async () => {
    await save(goProgram("mine"));
    await use("search=local");
    expect(await cluster.view.answer("search")).toBe("mine");
    expect((await use("search=ci")).code).toBe(0);
    expect(await cluster.view.answer("search")).toBe("ci");
    expect((await cluster.run("up")).stdout).toContain("Nothing to do");
    expect(await cluster.view.statusOf("search")).toMatchObject({ mode: "ci", build: "ci:124" });
  });
});

describe("devenv watch", () => {
  it("holds a save back in mode ci, says how to have it, and swaps the next one once the mode is local", async () => {
    await use("search=ci");
    const watch = await startWatch(cluster);
    await save(goProgram("held back"));
    const held = await watch.until(ofType("heldByMode"), 0);
    expect(held).toMatchObject({ service: "search", mode: "ci", path: cluster.source("search") });

    expect((await use("search=local")).code).toBe(0); // in another terminal
    expect(await cluster.view.answer("search")).toBe("held back");
    const since = watch.events.length;
    await save(goProgram("swapped"));
    await watch.until(ofType("committed"), since);
    expect(await cluster.view.answer("search")).toBe("swapped");
    await watch.interrupt();
  });

  it("brings a swap that has begun to its end before a mode takes the service away", async () => {
    const debugged = await answering("from a debugger");
    const watch = await startWatch(cluster);
    await save(goProgram("slow to start", { imports: ["time"], first: "time.Sleep(time.Second)" }));
    await watch.until(ofType("delivered"), 0);
    const using = use(`search=host:${debugged.port}`);
    await watch.until(ofType("committed"), 0);
    expect((await using).code).toBe(0);
    expect(await cluster.askInside("http://search:8080/")).toBe("from a debugger");
    expect(watch.events.some(({ type }) => ["notReady", "rolledBack", "rollbackFailed"].includes(type))).toBe(false);

    await use("--clear", "search");
    expect(await cluster.view.answer("search")).toBe("slow to start");
    await watch.interrupt();
    await debugged.close();
  });

  it("leaves a service alone that is led to this machine, and swaps it when it is back", async () => {
    const debugged = await answering("from a debugger");
    const watch = await startWatch(cluster);
    await use(`search=host:${debugged.port}`);
    await save(goProgram("edited meanwhile"));
    expect(await watch.until(ofType("heldByMode"), 0)).toMatchObject({ mode: `host:${debugged.port}` });
    expect(await cluster.askInside("http://search:8080/")).toBe("from a debugger");

    await use("--clear", "search");
    expect(await cluster.view.answer("search")).toBe("ci");
    const since = watch.events.length;
    await save(goProgram("and on it goes"));
    await watch.until(ofType("committed"), since);
    expect(await cluster.view.answer("search")).toBe("and on it goes");
    await watch.interrupt();
    await debugged.close();
  });
});

describe("devenv use", () => {
  it("tells everything that is wrong at once, with the nearest name, and changes nothing", async () => {
    const { code, stderr } = await use(
      "serch=local",
      "search=lokal",
      "reviews",
      "gateway=host:0",
      "asker=remote:ftp://x",
    );
    expect(stderr).toContain("5 of the modes cannot be taken");
    expect(stderr).toContain("has no service serch");
    expect(stderr).toContain("Did you mean search?");
    expect(stderr).toMatch(/search: lokal is no mode[\s\S]*Did you mean local\?/);
    expect(stderr).toContain("reviews in which mode?");
    expect(stderr).toContain("gateway: 0 is not a port between 1 and 65535");
    expect(stderr).toContain("asker: ftp:// is not supported for a remote");
    expect(code).toBe(2);
    await expect(stat(join(folder(), "modes.json"))).rejects.toThrow("ENOENT");
  });

  it("refuses a mode that a service cannot be in, before anything is done", async () => {
    const { code, stderr } = await use("asker=host:9090");
    expect(stderr).toContain(
      "asker cannot be in mode host: the profile does not say at which port the others reach it",
    );
    expect(code).toBe(2);
  });

  it("only notes the choice while the cluster does not run, for this person alone, and up brings it", async () => {
    await save(goProgram("noted"));
    await cluster.run("down");
    const { code, stdout } = await use("search=local");
    expect(stdout).toContain("`devenv up` starts it so");
    expect(code).toBe(0);
    expect((await stat(join(folder(), "modes.json"))).mode & 0o777).toBe(0o600);
    expect(await cluster.view.statusOf("search")).toMatchObject({ state: "off", mode: "local" });
    expect((await cluster.run("up")).code).toBe(0);
    expect(await cluster.view.answer("search")).toBe("noted");
  });

  it("takes reset for the end of all choices", async () => {
    await use("search=off");
    await cluster.run("reset");
    expect((await use("--list")).stdout).toMatch(/^search +ci +default/m);
    await cluster.run("up");
  });
});
