import { stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { type ClusterView, viewOf } from "../harness/cluster-view.ts";
import { makeWorkspace, type TestWorkspace } from "../harness/workspace.ts";
import { answering, writeProfile } from "./profile-text.ts";

const dockerHost = `unix://${inject("dockerSocket")}`;

describe("devenv up with files and volumes", () => {
  let workspace: TestWorkspace;
  let view: ClusterView;
  const inside = async (service: string, ...command: string[]) =>
    (await workspace.run("exec", service, "/devenv/init/busybox", ...command)).stdout.trim();
  const services = (driver = "") =>
    [
      answering(
        "web",
        "    read_only: true\n    configs: [{ source: motto, target: /etc/web/motto }]\n    volumes: [data:/data, /scratch]\n",
      ) + answering("api", '    tmpfs: /run\n    secrets: [key]\n    volumes: ["./made/for/us:/made"]\n'),
      `configs:\n  motto: { content: newest first }\nsecrets:\n  key: { file: ../key }\nvolumes:\n  data: ${driver || "{}"}\n`,
    ] as const;

  beforeAll(async () => {
    workspace = await makeWorkspace([{ name: "web" }, { name: "api" }], dockerHost);
    view = viewOf(workspace);
    await writeFile(join(workspace.folder, "key"), "one", { mode: 0o600 });
    await writeProfile(workspace, ...services());
    const { code, output } = await workspace.run("up");
    expect(code, output).toBe(0);
  });
  afterAll(() => workspace.remove());

  it("puts them where they belong, in a read-only container and below a tmpfs too", async () => {
    expect(await inside("web", "cat", "/etc/web/motto")).toBe("newest first");
    expect(await inside("api", "cat", "/run/secrets/key")).toBe("one");
    expect((await workspace.run("up")).stdout).toContain("Nothing to do");
  });

  it("replaces only the service that names a file whose content changed", async () => {
    const before = await view.identities();
    await writeFile(join(workspace.folder, "key"), "two", { mode: 0o600 });
    const { code, output } = await workspace.run("up");
    expect(code, output).toBe(0);
    expect(output).not.toContain("two");
    expect(await inside("api", "cat", "/run/secrets/key")).toBe("two");
    const after = await view.identities();
    const changed = Object.keys(after).filter((name) => after[name] !== before[name]);
    expect(changed).toEqual([`${workspace.cluster}-api-1`]);
  });

  it("makes a folder of this machine that is to be mounted, as the person's own", async () => {
    const made = await stat(join(workspace.folder, "profiles/made/for/us"));
    expect(made.isDirectory()).toBe(true);
    expect(made.uid).toBe(process.getuid?.());
  });

  it("keeps a volume whose definition changed, and says what differs and what to do", async () => {
    await inside("web", "sh", "-c", "echo kept > /data/file");
    await writeProfile(workspace, ...services("{ labels: { team: books } }"));
    const { code, stderr } = await workspace.run("up");
    expect(stderr).toContain(`volume ${workspace.cluster}_data stays as it was made`);
    expect(stderr).toContain(`docker volume rm ${workspace.cluster}_data`);
    expect(code).toBe(0);
    expect(await inside("web", "cat", "/data/file")).toBe("kept");
  });

  it("leaves nothing of anonymous volumes after `down`, and named ones until `reset`", async () => {
    const format = '{{range .Mounts}}{{if eq .Type "volume"}}{{.Name}} {{end}}{{end}}';
    const own = (await view.docker("inspect", "-f", format, ...(await view.containers()))).split(/\s+/).filter(Boolean);
    expect(own).toHaveLength(4); // data, /scratch, and those for files: /etc/web and /run/secrets
    const left = async () => {
      const there = (await view.docker("volume", "ls", "-q")).split("\n");
      return own.filter((name) => there.includes(name));
    };
    await workspace.run("down");
    expect(await left()).toEqual([`${workspace.cluster}_data`]);
    await workspace.run("reset");
    expect(await left()).toEqual([]);
  });
});
