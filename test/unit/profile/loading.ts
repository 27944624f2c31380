import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { onTestFinished } from "vitest";
import { Failure } from "../../../src/model/failure.ts";
import type { Profile, Service } from "../../../src/model/profile.ts";
import { loadProfile } from "../../../src/profile/load-profile.ts";

/** A real folder with these files in it, removed after the test. */
export async function folderWith(files: Readonly<Record<string, string>> = {}): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "devenv-profile-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  for (const [name, text] of Object.entries(files)) {
    await mkdir(dirname(join(folder, name)), { recursive: true });
    await writeFile(join(folder, name), text);
  }
  return folder;
}

/** Where the profile of `load` lies; nothing is there, its text is handed in. */
export const WORKSPACE = "/nowhere/shop";
export const FILE = `${WORKSPACE}/profiles/shop.yaml`;

/** Loads a text as the profile of a workspace that has no other file (or these, by absolute path). */
export function load(
  text: string,
  environment: Readonly<Record<string, string>> = {},
  files: Readonly<Record<string, string>> = {},
): Promise<Profile> {
  const all: Readonly<Record<string, string>> = { ...files, [FILE]: text };
  const readFile = async (path: string): Promise<string> => {
    const found = all[path];
    if (found === undefined) throw Object.assign(new Error(`no ${path}`), { code: "ENOENT" });
    return found;
  };
  return loadProfile(FILE, { workspace: WORKSPACE, environment, home: "/home/ada", readFile });
}

/** Loads a profile with one service, `a`, whose image is `x` and which has this line besides. */
export async function loadService(line: string, environment: Readonly<Record<string, string>> = {}): Promise<Service> {
  const profile = await load(`services:\n  a:\n    image: x\n    ${line}\nvolumes:\n  data:\n`, environment);
  const [service] = profile.services;
  if (service === undefined) throw new Error("a profile without services was accepted");
  return service;
}

/** What is wrong, a line a problem: `line:column message (hint)`. */
export async function problemsOf(loading: Promise<unknown>): Promise<string[]> {
  const failure = await failureOf(loading);
  return failure.problems.map(({ message, where, hint }) => {
    const place = `${where?.line}:${where?.column}`;
    return `${place} ${message}${hint === undefined ? "" : ` (${hint})`}`;
  });
}

export async function failureOf(loading: Promise<unknown>): Promise<Failure> {
  const thrown = await loading.then(
    () => undefined,
    (error: unknown) => error,
  );
  if (thrown instanceof Failure) return thrown;
  throw new Error(`expected a Failure, and got ${thrown instanceof Error ? thrown.stack : "none"}`);
}
