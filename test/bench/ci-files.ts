import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Finished, systemProcesses } from "../../src/host/process.ts";
import { CLI, ownEnvironment } from "../harness/workspace.ts";

const ARCH = process.arch === "x64" ? "amd64" : process.arch;
const MACHINES: Readonly<Record<string, number>> = { amd64: 0x3e, arm64: 0xb7 };

/** The header of a static program for this machine; each number gives another one. */
export function elfHead(number: number): Buffer {
  const head = Buffer.alloc(64);
  head.set([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1]);
  head.writeUInt16LE(MACHINES[ARCH] ?? 0, 18);
  head.writeUInt32LE(number, 48); // e_flags, which nobody reads on these machines
  return head;
}

export interface CiFile {
  readonly name: string;
  readonly sha256: string;
  readonly size: number;
}

/** A manifest of files that lie beside it, one a service. */
export const manifestOf = (files: readonly CiFile[]): object => ({
  version: 1,
  build: 124,
  createdAt: "2026-11-21T10:00:00Z",
  services: Object.fromEntries(
    files.map(({ name, sha256, size }) => {
      const artifact = { os: "linux", arch: ARCH, kind: "file", path: name, sha256, size };
      return [name, { commit: sha256.slice(0, 40), artifacts: [artifact] }];
    }),
  ),
});

/** A workspace whose services only have something to fetch. */
export interface FetchWorkspace {
  readonly folder: string;
  readonly cache: string;
  /** Runs devenv to its end. @throws when it fails. */
  run(env: Readonly<Record<string, string>>, ...args: string[]): Promise<Finished>;
  remove(): Promise<void>;
}

/** @param artifacts the words of `x-devenv.artifacts`, as YAML in one line */
export async function fetchWorkspace(
  services: readonly string[],
  artifacts: string,
  dockerHost: string,
): Promise<FetchWorkspace> {
  const folder = await mkdtemp(join(tmpdir(), "devenv-bench-fetch-"));
  await mkdir(join(folder, "repos/code"), { recursive: true }); // what CI built it from, which nobody builds here
  const lines = services.map((name) => {
    const code = "{ repo: repos/code, build: { go: . } }";
    return `  ${name}: { image: scratch, command: [/devenv/bin/${name}], x-devenv: ${code} }`;
  });
  await mkdir(join(folder, "profiles"));
  const profile = `name: bench\nx-devenv:\n  artifacts: ${artifacts}\nservices:\n${lines.join("\n")}\n`;
  await writeFile(join(folder, "profiles/bench.yaml"), profile);
  const env = ownEnvironment(folder, dockerHost);
  return {
    folder,
    cache: join(env.XDG_CACHE_HOME, "devenv"),
    async run(more, ...args) {
      const finished = await systemProcesses.run(process.execPath, [CLI, ...args], {
        cwd: folder,
        env: { ...env, ...more },
      });
      if (finished.code !== 0) throw new Error(finished.output);
      return finished;
    },
    remove: () => rm(folder, { recursive: true, force: true }),
  };
}
