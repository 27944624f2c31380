import { open, rm, stat, truncate, writeFile } from "node:fs/promises";
import { errorCode } from "../../host/files.ts";
import type { Layout } from "./layout.ts";

const LARGEST_LOG = 5 * 1024 * 1024;
const KEPT_OF_LOG = 1024 * 1024;

/**
 * Keeps the log from growing without end: past 5 MiB its last MiB becomes `log.1` and it begins anew. Cut in place, so
 * also while dockerd writes to it (it was opened to append).
 */
export async function boundLog(path: string): Promise<void> {
  try {
    const { size } = await stat(path);
    if (size <= LARGEST_LOG) return;
    await rm(`${path}.1`, { force: true });
    await writeFile(`${path}.1`, await tail(path, KEPT_OF_LOG), { mode: 0o600 });
    await truncate(path, 0);
  } catch (error) {
    // Not there yet, or root's: then root's next start cuts it.
    if (!["ENOENT", "EACCES", "EPERM"].includes(errorCode(error) ?? "")) throw error;
  }
}

/** The last bytes of a file. */
async function tail(path: string, bytes: number): Promise<Buffer> {
  const file = await open(path, "r");
  try {
    const { size } = await file.stat();
    const length = Math.min(size, bytes);
    const { buffer, bytesRead } = await file.read(Buffer.alloc(length), 0, length, size - length);
    return buffer.subarray(0, bytesRead);
  } finally {
    await file.close();
  }
}

/** The last lines of the engine's log, for a person. */
export async function lastLines(layout: Layout, lines = 15): Promise<string> {
  const text = await tail(layout.log, 64 * 1024).catch(() => Buffer.alloc(0));
  return text.toString("utf8").trimEnd().split("\n").slice(-lines).join("\n");
}
