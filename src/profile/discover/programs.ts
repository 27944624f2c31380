import { join } from "node:path";
import { dockerfileProgram } from "./dockerfile.ts";
import type { FoundProgram } from "./found.ts";
import { goPrograms } from "./go.ts";
import { nodeProgram } from "./node.ts";
import { entriesOf } from "./sources.ts";

/** How many folders deep a repository is looked through: `services/books` of one that holds several. */
const DEPTH = 2;

/**
 * The programs in a repository, told by its files alone: Go modules with their main packages, Rust crates with their
 * binaries, Node packages with a start script, and Dockerfiles where there is none of these. A folder in which something
 * was found is not looked below.
 */
export async function findPrograms(folder: string, depth = DEPTH): Promise<FoundProgram[]> {
  const found = await programsOf(folder);
  if (found.length > 0 || depth === 0) return found;
  const { folders } = await entriesOf(folder);
  return (await Promise.all(folders.map((name) => findPrograms(join(folder, name), depth - 1)))).flat();
}

async function programsOf(folder: string): Promise<FoundProgram[]> {
  const { files } = await entriesOf(folder);
  const [go, rust, node, image] = await Promise.all([
    files.includes("go.mod") ? goPrograms(folder) : [],
    files.includes("Cargo.toml") ? (await import("./rust.ts")).rustPrograms(folder) : [],
    files.includes("package.json") ? nodeProgram(folder) : undefined,
    dockerfileProgram(folder),
  ]);
  const programs = [...go, ...rust, ...(node === undefined ? [] : [node])];
  const [only, ...others] = programs;
  if (only === undefined) return image === undefined ? [] : [image];
  // What a Dockerfile exposes is the program's, where it can only be the one.
  return others.length > 0 ? programs : [{ ...only, port: image?.port ?? only.port }];
}

/**
 * Those that are probably meant to run as services: of several in one folder the ones that listen, where one of them is
 * known to; its tools are left out.
 */
export function likelyServices(programs: readonly FoundProgram[]): FoundProgram[] {
  const folders = [...new Set(programs.map(({ folder }) => folder))];
  return folders.flatMap((folder) => {
    const own = programs.filter((program) => program.folder === folder);
    const listening = own.filter(({ port }) => port !== undefined);
    return listening.length > 0 ? listening : own;
  });
}
