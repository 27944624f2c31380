import { appendFile, chmod, mkdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { TestWorkspace } from "./workspace.ts";

/** Writes a file of a workspace, for its owner alone unless told; gives its path. */
export async function keep(workspace: TestWorkspace, name: string, content: string, mode = 0o600): Promise<string> {
  const path = join(workspace.folder, name);
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, content);
  await chmod(path, mode);
  return path;
}

/**
 * Completes a workspace's profile.
 * @param source the value of `x-devenv.secrets`, as YAML
 * @param sections lines at the end of the file: `secrets:` and `configs:`
 */
export async function giveSecrets(workspace: TestWorkspace, source: string, sections: string): Promise<void> {
  const text = await readFile(workspace.profile, "utf8");
  await writeFile(
    workspace.profile,
    text.replace("  provider: docker\n", `  provider: docker\n  secrets: ${source}\n`),
  );
  await appendFile(workspace.profile, sections);
}
