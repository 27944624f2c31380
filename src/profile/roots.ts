import { readFile } from "node:fs/promises";
import { join, resolve } from "node:path";

/**
 * The further roots of a workspace, absolute; relative ones are taken from the workspace, `~` is `home`.
 * @throws Failure (class user) with all problems of devenv.yaml.
 */
export async function workspaceRoots(workspace: string, home: string): Promise<readonly string[]> {
  const file = join(workspace, "devenv.yaml");
  const text = await readFile(file, "utf8").catch(() => "");
  // Nearly every workspace has none: it does not wait for a YAML parser.
  if (!/^\W*roots\W*:/m.test(text)) return [];
  const { readSettings } = await import("./settings.ts");
  const { roots } = readSettings(file, text);
  return roots.map((root) => resolve(workspace, root.replace(/^~(?=\/|$)/, home)));
}
