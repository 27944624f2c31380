import { createHash } from "node:crypto";
import { mkdir, mkdtemp, realpath, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { onTestFinished } from "vitest";
import { removeTree } from "../../../src/artifact/incoming.ts";
import { type ArtifactDigest, artifactDigest } from "../../../src/model/names.ts";

/** A new real folder, removed after the test, read-only parts included. */
export async function temporaryFolder(): Promise<string> {
  const folder = await realpath(await mkdtemp(join(tmpdir(), "devenv-artifact-")));
  onTestFinished(() => removeTree(folder));
  return folder;
}

/** Writes files by their paths in a folder, with the folders that they need. */
export async function fill(folder: string, files: Readonly<Record<string, string | Buffer>>): Promise<void> {
  for (const [path, content] of Object.entries(files)) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), content);
  }
}

export const digestOf = (content: string | Buffer): ArtifactDigest =>
  artifactDigest(createHash("sha256").update(content).digest("hex"));

/** What this machine runs, as a daemon on it would say. */
export const HERE = { os: "linux", arch: process.arch === "x64" ? "amd64" : process.arch };
