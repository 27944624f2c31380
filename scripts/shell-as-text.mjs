/** `tsx --import ./scripts/shell-as-text.mjs x.ts`: imports of *.sh give their text, as in the bundle and in vitest. */
import { readFile } from "node:fs/promises";
import { register } from "node:module";
import { fileURLToPath } from "node:url";
import { isMainThread } from "node:worker_threads";

// This file is both the registration and, in Node's loader thread, the hook.
if (isMainThread) register(import.meta.url);

/** @type {import("node:module").LoadHook} */
export async function load(url, context, nextLoad) {
  if (!/\.sh(\?|$)/.test(url)) return nextLoad(url, context);
  const text = await readFile(fileURLToPath(url), "utf8");
  return { format: "module", source: `export default ${JSON.stringify(text)};`, shortCircuit: true };
}
