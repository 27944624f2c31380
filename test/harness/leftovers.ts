import { readdir, readFile, readlink } from "node:fs/promises";
import { join } from "node:path";
import { systemProcesses } from "../../src/host/process.ts";
import type { TestWorkspace } from "./workspace.ts";

/** What somebody left behind, each as one line for the message of a test; nothing when all is well. */
export async function leftovers(workspace: TestWorkspace, containers: readonly string[]): Promise<readonly string[]> {
  const found = await Promise.all([
    strangers(workspace, containers),
    temporaryFiles(join(workspace.folder, ".xdg")),
    tools(workspace),
  ]);
  return found.flat().sort();
}

/** Containers of the cluster that are not these, and these that are not there. */
async function strangers({ cluster, env }: TestWorkspace, wanted: readonly string[]): Promise<string[]> {
  const filter = ["--filter", `label=dev.devenv.cluster=${cluster}`, "--format", "{{.Names}}"];
  const { stdout } = await systemProcesses.run("docker", ["ps", "-a", ...filter], { env });
  const there = stdout.split("\n").filter(Boolean);
  return [
    ...there.filter((name) => !wanted.includes(name)).map((name) => `container ${name}`),
    ...wanted.filter((name) => !there.includes(name)).map((name) => `no container ${name}`),
  ];
}

/** Files that were being written: of the store, of the mount, of a journal, of a build. */
async function temporaryFiles(folder: string): Promise<string[]> {
  const names = await readdir(folder, { recursive: true });
  return names.filter((name) => /\.incoming-|\.tmp|\.guard$/.test(name)).map((name) => `file ${name}`);
}

/** Compilers, linkers and hooks that work on the workspace. */
async function tools({ folder }: TestWorkspace): Promise<string[]> {
  const pids = (await readdir("/proc")).filter((name) => /^\d+$/.test(name));
  const found = pids.map(async (pid) => {
    const command = (await readFile(join("/proc", pid, "cmdline"), "utf8").catch(() => "")).replaceAll("\0", " ");
    const cwd = await readlink(join("/proc", pid, "cwd")).catch(() => "");
    const isTool = /^(\S*\/)?(go|compile|link|asm|sh) /.test(command);
    return isTool && (command.includes(folder) || cwd.startsWith(join(folder, "repos"))) ? [`process ${command}`] : [];
  });
  return (await Promise.all(found)).flat();
}
