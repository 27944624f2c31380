import { chmod, mkdir, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { type ClusterView, viewOf } from "../harness/cluster-view.ts";
import { ofType, startDevenv } from "../harness/devenv.ts";
import { giveSecrets, keep } from "../harness/secrets.ts";
import { makeWorkspace, type TestWorkspace } from "../harness/workspace.ts";

const dockerHost = `unix://${inject("dockerSocket")}`;

const SECTIONS = `
secrets:
  password: { file: ../keys/password }
  api: { external: true, name: API_KEY }
  token: { environment: SHOP_TOKEN }
configs:
  motd: { content: "hello\\n" }
`;

describe("secrets", () => {
  let workspace: TestWorkspace;
  let view: ClusterView;

  beforeAll(async () => {
    workspace = await makeWorkspace(
      [
        { name: "web", yaml: "    secrets: [password, api]\n    configs: [motd]" },
        {
          name: "api",
          yaml: '    secrets: [token, { source: api, target: deep/key.pem, uid: "1000", gid: "50", mode: 0400 }]',
        },
        { name: "plain" },
      ],
      dockerHost,
    );
    view = viewOf(workspace);
    await giveSecrets(workspace, "keys/shop.secrets", SECTIONS);
    await keep(workspace, "keys/password", "hunter2\n");
    await keep(workspace, "keys/shop.secrets", "API_KEY='k #1'\nSHOP_TOKEN=t0ken\n");
  });
  afterAll(() => workspace.remove());

  const devenv = (...args: string[]) => workspace.run(...args);
  const inside = async (service: string, ...command: string[]) => {
    const { stdout, stderr } = await devenv("exec", service, "/devenv/init/busybox", ...command);
    return stdout + stderr;
  };

  it("that cannot be had keep anything from being started, and are told all at once", async () => {
    await chmod(join(workspace.folder, "keys/password"), 0o644);
    await keep(workspace, "keys/shop.secrets", "APIKEY=1\n");
    const { code, stderr } = await devenv("up");
    expect(code).toBe(2);
    expect(stderr).toContain(`secret password, which web needs: ${workspace.folder}/keys/password has mode 0644`);
    expect(stderr).toContain(`chmod 600 ${workspace.folder}/keys/password`);
    expect(stderr).toMatch(
      /secret api, which web and api need: \S+shop\.secrets has no key API_KEY\n +\S+test\.yaml:\d+:\d+/,
    );
    expect(stderr).toContain("did you mean APIKEY?");
    expect(stderr).toContain("secret token, which api needs: SHOP_TOKEN is not set in the environment, and");
    expect(await view.docker("ps", "-aq", "--filter", `label=dev.devenv.cluster=${workspace.cluster}`)).toBe("");
    expect(await view.docker("network", "ls", "-q", "--filter", `name=${workspace.cluster}`)).toBe("");
    expect((await devenv("up", "--dry-run")).code).toBe(2);
    await chmod(join(workspace.folder, "keys/password"), 0o600);
  });

  it("are refused inside of a git work tree, with the way out of it", async () => {
    await mkdir(join(workspace.folder, "keys/.git"));
    try {
      const { code, stderr } = await devenv("secrets", "check");
      expect(code).toBe(2);
      expect(stderr).toContain(`${workspace.folder}/keys/password lies in the repository ${workspace.folder}/keys`);
      expect(stderr).toContain("move it out, and name its new place in the profile: `install -D -m 600");
    } finally {
      await rm(join(workspace.folder, "keys/.git"), { recursive: true });
    }
  });

  it("are not needed to look at a cluster: status, config, profiles and down go on without", async () => {
    for (const args of [["status"], ["config"], ["profiles"], ["down"], ["logs"]]) {
      const { code, stderr } = await devenv(...args);
      expect({ args, code, stderr }).toMatchObject({ args, code: 0 });
    }
  });

  it("are listed by `secrets check`, with where from, for whom, and whether they are there", async () => {
    const broken = await devenv("secrets", "check", "--json");
    expect(broken.code).toBe(2);
    expect(JSON.parse(broken.stdout)).toMatchObject({
      ok: false,
      secrets: [
        { kind: "source", state: "ok" },
        { name: "password", state: "ok", neededBy: ["web"] },
        { name: "api", from: "key API_KEY", state: "missing", neededBy: ["web", "api"] },
        { name: "motd", kind: "config", state: "ok" },
        { name: "token", from: "variable SHOP_TOKEN", state: "missing", neededBy: ["api"] },
      ],
    });
    await keep(workspace, "keys/shop.secrets", "API_KEY='k #1'\nSHOP_TOKEN=t0ken\n");
    const { code, stdout } = await devenv("secrets", "check");
    expect(stdout).toMatch(/^● {2}api +secret +ok +web, api +key API_KEY$/m);
    expect(stdout).toMatch(/^● {2}token +secret +ok +api +variable SHOP_TOKEN$/m);
    expect(code).toBe(0);
  });

  it("are files under /run/secrets, for the services that name them and for no others", async () => {
    const { code, output } = await devenv("up");
    expect({ code, output }).toMatchObject({ code: 0 });
    expect(await inside("web", "sh", "-c", "cd /run/secrets; /devenv/init/busybox ls")).toBe("api\npassword\n");
    expect(await inside("web", "cat", "/run/secrets/password", "/run/secrets/api", "/motd")).toBe(
      "hunter2\nk #1hello\n",
    );
    expect(await inside("web", "stat", "-c", "%a %u %g", "/run/secrets/password")).toBe("444 0 0\n");
    expect(await inside("api", "stat", "-c", "%a %u %g", "/run/secrets/deep/key.pem")).toBe("400 1000 50\n");
    expect(await inside("api", "cat", "/run/secrets/token")).toBe("t0ken");
    expect(await inside("plain", "ls", "/run/secrets")).toContain("No such file or directory");
  });

  it("that change replace the services that name them, and only those", async () => {
    const before = await view.identities();
    expect((await devenv("up")).stdout).toContain("Nothing to do");
    await keep(workspace, "keys/password", "hunter3\n");
    expect((await devenv("up", "--dry-run")).stdout).toContain("replace web");
    expect((await devenv("up")).code).toBe(0);
    const after = await view.identities();
    const changed = Object.keys(before).filter((name) => before[name] !== after[name]);
    expect(changed).toEqual([`${workspace.cluster}-web-1`]);
    expect(await inside("web", "cat", "/run/secrets/password")).toBe("hunter3\n");
  });

  it("that change while `watch` runs are told, with who gets them and by which command", async () => {
    const watch = startDevenv(workspace, ["watch"]);
    await watch.untilLine((line) => line.startsWith("Watching"));
    await keep(workspace, "keys/password", "hunter4\n");
    const line = await watch.untilLine((text) => text.includes("keys/password"));
    expect(line).toBe(`${workspace.folder}/keys/password changed; \`devenv up\` gives it to web.`);
    await watch.interrupt();
  });

  it("are given to a service that a mode brings back, whatever the others lack", async () => {
    expect((await devenv("use", "web=off")).code).toBe(0);
    const others = await view.identities();
    expect(Object.keys(others)).not.toContain(`${workspace.cluster}-web-1`);
    await keep(workspace, "keys/shop.secrets", "API_KEY='k #1'\n");
    const { code, output } = await devenv("use", "--clear");
    expect({ code, output }).toMatchObject({ code: 0 });
    expect(await inside("web", "cat", "/run/secrets/password", "/run/secrets/api", "/motd")).toBe(
      "hunter4\nk #1hello\n",
    );
    expect(await view.identities()).toMatchObject(others);
  });

  it("that cannot be had keep a service from its mode, which stays the one that it had", async () => {
    await keep(workspace, "keys/shop.secrets", "SHOP_TOKEN=t0ken\n");
    expect((await devenv("use", "web=off")).code).toBe(0);
    const before = await view.identities();
    const { code, stderr } = await devenv("use", "web=ci", "plain=off");
    expect(stderr).toMatch(/secret api, which web needs: \S+shop\.secrets has no key API_KEY\n +\S+test\.yaml:\d+:\d+/);
    expect(code).toBe(2);
    expect(await view.identities()).toEqual(before);
    const { services } = JSON.parse((await devenv("use", "--list", "--json")).stdout);
    expect(services).toMatchObject([
      { service: "web", mode: "off", from: "you" },
      { service: "api", from: "default" },
      { service: "plain", mode: "ci", from: "default" },
    ]);
    await keep(workspace, "keys/shop.secrets", "API_KEY='k #1'\nSHOP_TOKEN=t0ken\n");
    expect((await devenv("use", "--clear")).code).toBe(0);
  });

  it("of the environment go before the file's", async () => {
    expect((await view.runWith({ env: { SHOP_TOKEN: "mine" } }, "up")).code).toBe(0);
    expect(await inside("api", "cat", "/run/secrets/token")).toBe("mine");
  });

  it("of a command come from its KEY=VALUE lines; it is run once an `up`, and not for a look", async () => {
    const script = "echo ran >> runs; echo API_KEY=from-command; echo SHOP_TOKEN=from-command";
    await keep(workspace, "vault.sh", `${script}\n`);
    await view.editProfile("secrets: keys/shop.secrets", "secrets: { command: sh vault.sh }");
    expect((await devenv("up")).code).toBe(0);
    expect(await inside("web", "cat", "/run/secrets/api")).toBe("from-command");
    expect(await inside("api", "cat", "/run/secrets/token")).toBe("from-command");
    for (const args of [["status"], ["config"], ["logs"], ["restart", "web"]])
      expect((await devenv(...args)).code).toBe(0);
    const runs = await readFile(join(workspace.folder, "runs"), "utf8");
    expect(runs).toBe("ran\n");
  });

  it("of a command that fails keep anything from being changed, and its words are shown", async () => {
    await keep(
      workspace,
      "vault.sh",
      "echo API_KEY=half-a-secret; echo 'vault is sealed: half-a-secret' >&2; exit 3\n",
    );
    const before = await view.identities();
    const { code, stderr } = await devenv("up");
    expect(code).toBe(2);
    expect(stderr).toContain("the command for secrets ended with code 3\n");
    expect(stderr).toContain("│ vault is sealed: [secret]");
    expect(await view.identities()).toEqual(before);
  });

  it("do not come into the environment of what devenv runs", async () => {
    await keep(workspace, "vault.sh", "echo API_KEY=from-command; echo SHOP_TOKEN=from-command\n");
    await view.editProfile(
      "build: { go: ./cmd/plain }",
      "build: { command: env > seen; cat /proc/$PPID/environ >> seen; false }",
    );
    expect((await devenv("up")).code).toBe(0);
    const watch = startDevenv(workspace, ["watch", "--json"]);
    await watch.until(ofType("watching"), 0);
    await workspace.saveVersion("plain", "edited");
    await watch.until(ofType("buildFailed"), 0);
    await watch.interrupt();
    const seen = await readFile(join(workspace.folder, "repos/plain/seen"), "utf8");
    expect(seen).toContain("DEVENV_OUT=");
    expect(seen).not.toContain("from-command");
    expect(seen).not.toMatch(/API_KEY|SHOP_TOKEN/);
  });
});
