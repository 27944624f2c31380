import { appendFile, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, inject, test } from "vitest";
import { systemProcesses } from "../../src/host/process.ts";
import { type DaemonGate, daemonGate } from "../harness/daemon-gate.ts";
import { ofType, type RunningDevenv, startWatch, untilSettled } from "../harness/devenv.ts";
import { eventually } from "../harness/eventually.ts";
import { clusterWith, commitVersion, goProgram, ofService, type TestCluster } from "./save-loop-cluster.ts";

const READY = "      ready: { http: /healthz, port: 8080, within: 5s }\n      settle: 100ms";

/** Its artifact is a folder, which is copied from its work tree. */
const PAGES = `
  pages:
    image: scratch
    command: [/devenv/init/busybox, httpd, -f, -p, "8080", -h, /devenv/bin/pages]
    x-devenv:
      repo: repos/pages
      mode: local
      artifact: tree
      build: { command: cp -r site/. "$$DEVENV_OUT" }
      ready: { tcp: true, port: 8080, within: 5s }
      settle: 100ms
`;

let gate: DaemonGate;
let cluster: TestCluster;
let devenv: RunningDevenv;

beforeAll(async () => {
  gate = await daemonGate(inject("dockerSocket"));
  cluster = await clusterWith(
    { socket: inject("dockerSocket"), extension: "  delivery: push\n" },
    { name: "books", devenv: `${READY}\n      before_build: "while test -e ../held; do sleep 0.02; done"` },
    { name: "reviews", devenv: READY, yaml: "    scale: 2" },
  );
  await cluster.write("books", "container/etc/config.toml", "one");
  await cluster.write("reviews", "container/bin/pre_setup.sh", "echo set up by $DEVENV_SERVICE\n");
  await cluster.write("pages", "site/index.html", "page one");
  await cluster.write("pages", "site/deep/old.html", "old");
  await appendFile(cluster.profile, PAGES);
  const { code, output } = await cluster.run("up");
  expect(code, output).toBe(0);
  devenv = await startWatch({ ...cluster, env: { ...cluster.env, DOCKER_HOST: gate.dockerHost } });
});
afterAll(async () => {
  await gate?.open();
  await devenv?.interrupt();
  await cluster?.remove();
  await gate?.close();
});

async function docker(...args: string[]): Promise<string> {
  const { stdout, output, code } = await systemProcesses.run("docker", args, { env: cluster.env });
  if (code !== 0) throw new Error(output);
  return stdout.trim();
}

/** The helper container and the volume are called alike. */
const helper = () => `${cluster.cluster}.devenv`;
const inside = (...command: string[]) =>
  docker("exec", `${cluster.cluster}-books-1`, "/devenv/init/busybox", ...command);
const labelled = (...kind: string[]) =>
  docker(...kind, "--filter", `label=dev.devenv.cluster=${cluster.cluster}`, "--format", "{{.Name}}{{.Names}}").catch(
    () => docker(...kind, "--filter", `label=dev.devenv.cluster=${cluster.cluster}`, "-q"),
  );
const mounted = async () =>
  JSON.parse(await docker("inspect", "-f", "{{json .Mounts}}", `${cluster.cluster}-books-1`)) as object[];

test("containers have CI's code, config and pre_setup.sh out of a volume that they cannot write", async () => {
  expect(await cluster.answer("books")).toBe("ci");
  expect(await mounted()).toEqual([
    expect.objectContaining({ Type: "volume", Name: helper(), Destination: "/devenv", RW: false }),
  ]);
  expect(await inside("cat", "/devenv/config/books/config.toml")).toBe("one");
  expect((await cluster.run("logs", "reviews")).stdout).toContain("set up by reviews");
  const { services } = JSON.parse((await cluster.run("status", "--json")).stdout) as { services: { name: string }[] };
  expect(services.map(({ name }) => name)).toEqual(["books", "reviews", "pages"]);
  expect((await cluster.run("up")).stdout).toMatch(/nothing to do/i);
});

test("saves of several services are swapped in at once, in their running containers and in every replica", async () => {
  const before = await Promise.all(["books", "reviews"].map(cluster.container));
  const since = devenv.events.length;
  for (const name of ["books", "reviews"]) await cluster.save(name, goProgram("pushed"));
  for (const name of ["books", "reviews"]) await untilSettled(devenv, name, since);
  expect(await Promise.all(["books", "reviews"].map((name) => cluster.answer(name)))).toEqual(["pushed", "pushed"]);
  const second = [`${cluster.cluster}-reviews-2`, "/devenv/init/busybox", "wget", "-qO-", "http://127.0.0.1:8080/"];
  expect(await docker("exec", ...second)).toBe("pushed");
  expect(await Promise.all(["books", "reviews"].map(cluster.container))).toEqual(before);
  expect(await cluster.status("books")).toMatchObject({ state: "ready", mode: "local" });
});

test("a save of config arrives without a build, and what was deleted is gone", async () => {
  const since = devenv.events.length;
  await cluster.write("books", "container/etc/more.toml", "two");
  await devenv.until(ofService("books", "committed"), since);
  expect(await inside("cat", "/devenv/config/books/more.toml")).toBe("two");
  await untilSettled(devenv, "books", since);
  const later = devenv.events.length;
  await rm(join(cluster.folder, "repos/books/container/etc/more.toml"));
  await untilSettled(devenv, "books", later);
  expect(await inside("ls", "/devenv/config/books")).toBe("config.toml");
});

test("an artifact that is a folder arrives whole, and what was deleted from it is gone", async () => {
  expect(await cluster.answer("pages", "/deep/old.html")).toBe("old");
  const since = devenv.events.length;
  await rm(join(cluster.folder, "repos/pages/site/deep"), { recursive: true });
  await cluster.write("pages", "site/index.html", "page two");
  const page = () => cluster.answer("pages", "/index.html").catch(() => undefined);
  await eventually(page, (text) => text === "page two");
  await devenv.until(ofService("pages", "settled"), since);
  await expect(cluster.answer("pages", "/deep/old.html")).rejects.toThrow("404");
});

test("a save that crashes at its start is rolled back", async () => {
  const since = devenv.events.length;
  await cluster.save("books", goProgram("broken", { first: 'panic("no table")' }));
  await devenv.until(ofService("books", "rolledBack"), since);
  expect(await cluster.answer("books")).toBe("pushed");
});

test("a helper that is killed is started again by the save that needs it", async () => {
  await docker("kill", helper());
  await commitVersion(cluster, devenv, "books", "by another helper");
  expect(await cluster.answer("books")).toBe("by another helper");
  await docker("rm", "-f", helper());
  const since = devenv.events.length;
  await commitVersion(cluster, devenv, "books", "by a new helper");
  await untilSettled(devenv, "books", since);
  expect(await cluster.answer("books")).toBe("by a new helper");
});

test("a way that is cut in the middle leaves the old pointer, and the save is swapped in when it is back", async () => {
  const pointer = await inside("readlink", "/devenv/bin/books");
  const since = devenv.events.length;
  // Its build waits until the way is cut.
  const held = join(cluster.folder, "repos/held");
  await writeFile(held, "");
  await cluster.save("books", goProgram("after the cut"));
  await devenv.until(ofService("books", "saved"), since);
  await gate.close();
  await devenv.until(ofType("daemonLost"), since);
  await rm(held);
  await devenv.until(ofService("books", "built"), since);
  expect(await inside("readlink", "/devenv/bin/books")).toBe(pointer);
  expect(await cluster.answer("books")).toBe("by a new helper");
  await gate.open();
  await untilSettled(devenv, "books", since);
  expect(await cluster.answer("books")).toBe("after the cut");
  expect(devenv.events.slice(since).some(ofType("rolledBack", "rollbackFailed"))).toBe(false);
});

test("down removes the helper and keeps the volume; one that was removed meanwhile is filled anew", async () => {
  await devenv.interrupt();
  expect((await cluster.run("down")).code).toBe(0);
  expect(await labelled("ps", "-a")).toBe("");
  expect(await labelled("volume", "ls")).toBe(helper());
  await docker("volume", "rm", helper());
  const { code, output } = await cluster.run("up");
  expect(code, output).toBe(0);
  expect(await cluster.answer("books")).toBe("after the cut");
  expect(await inside("ls", "/devenv/config/books")).toBe("config.toml");
});

test("what others put in place works: use, rollback, restart, exec", async () => {
  const runs = async (...args: string[]) => {
    const { code, output, stdout } = await cluster.run(...args);
    expect(code, output).toBe(0);
    return stdout;
  };
  await runs("use", "books=ci");
  expect(await cluster.answer("books")).toBe("ci");
  await runs("rollback", "books");
  expect(await cluster.answer("books")).toBe("after the cut");
  await runs("restart", "books");
  expect(await cluster.answer("books")).toBe("after the cut");
  expect(await runs("exec", "books", "/devenv/init/busybox", "ls", "/devenv/bin")).toBe("books\npages\nreviews\n");
});

test("a profile that goes over to the mount has its containers replaced, and what push had removed", async () => {
  const text = await readFile(cluster.profile, "utf8");
  await writeFile(cluster.profile, text.replace("delivery: push", "delivery: mount"));
  const { code, output } = await cluster.run("up");
  expect(code, output).toBe(0);
  expect(output).toContain("remove what push delivered (containers mount a folder of this machine now)");
  expect(await mounted()).toEqual([expect.objectContaining({ Type: "bind", Destination: "/devenv", RW: false })]);
  expect(await cluster.answer("books")).toBe("ci");
  expect(await labelled("volume", "ls")).toBe("");
});
