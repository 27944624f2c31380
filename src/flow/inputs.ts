import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { configFolder } from "../artifact/config.ts";
import { GO_ENDINGS, goInputs } from "../artifact/go-inputs.ts";
import type { Platform } from "../model/artifact.ts";
import type { Service } from "../model/profile.ts";
import type { Inputs } from "../swap/route.ts";
import type { Machine } from "./machine.ts";

/** A service that has a work tree: its code comes from there, or at least its config. */
export type Swappable = Service & { readonly repo: string };

export const isSwappable = (service: Service): service is Swappable => service.repo !== undefined;

/**
 * What a service is made of. A `go` build knows it exactly, from the package graph; of any other all that is known
 * is its repository. One that is not built has its config.
 */
export async function inputsOf(service: Swappable, platform: Platform, machine: Machine): Promise<Inputs> {
  const { name, repo, build } = service;
  const config = configFolder(repo);
  switch (build?.kind) {
    case undefined:
      return { service: name, folders: [], trees: [config], files: [] };
    case "go": {
      const made = await goInputs(repo, build.packages, {
        processes: machine.processes,
        platform,
        signal: machine.signal,
      });
      return { service: name, ...made, endings: GO_ENDINGS, trees: [...made.trees, config] };
    }
    case "cargo":
    case "node":
    case "command":
      return { service: name, folders: [], trees: [repo], files: [] };
  }
}

/** What is watched of a service that Go cannot list yet: where the reason is likely to be mended. */
export function assumedInputs({ name, repo, build }: Swappable): Inputs {
  const trees = [configFolder(repo)];
  if (build?.kind !== "go") return { service: name, folders: [], trees: build ? [repo] : trees, files: [] };
  const files = ["go.mod", "go.sum", "go.work"].map((file) => join(repo, file));
  return { service: name, folders: build.packages.map((each) => join(repo, each)), trees, files, endings: GO_ENDINGS };
}

/** The files right in these folders that were written at or after a moment, in milliseconds since the epoch. */
export async function writtenSince(folders: readonly string[], ms: number): Promise<string[]> {
  const entries = await Promise.all(
    folders.map(async (folder) => (await readdir(folder).catch(() => [])).map((name) => join(folder, name))),
  );
  const written = entries.flat().map(async (path) => {
    const facts = await stat(path).catch(() => undefined);
    return facts?.isFile() && facts.mtimeMs >= ms ? [path] : [];
  });
  return (await Promise.all(written)).flat();
}
