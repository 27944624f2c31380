import { basename, join } from "node:path";
import { parse } from "smol-toml";
import { type FoundProgram, healthPath, portIn } from "./found.ts";
import { entriesOf, sourcesIn, textOf } from "./sources.ts";

const PORTS = [
  /"(?:0\.0\.0\.0|127\.0\.0\.1|localhost|\[::1?\]):(\d+)"/,
  /\[\s*(?:0|127),\s*0,\s*0,\s*[01]\s*\],\s*(\d+)/,
  /(?:UNSPECIFIED|LOCALHOST)[^,\n]*,\s*(\d+)/,
  /default_value(?:_t)?\s*=\s*"?(\d{4,5})"?/,
];

/** Debian with glibc, which cargo links to unless told otherwise. */
const IMAGE = "debian:trixie-slim";

/** The binaries of the crate or the workspace in a folder. */
export async function rustPrograms(folder: string): Promise<FoundProgram[]> {
  const manifest = await manifestOf(folder);
  if (manifest === undefined) return [];
  const members = await Promise.all((manifest.workspace?.members ?? []).map((member) => foldersOf(folder, member)));
  const crates = await Promise.all([...new Set([folder, ...members.flat()])].map(binariesOf));
  return crates.flat().map(({ name, source }) => ({
    name,
    folder,
    what: `Rust, ${name}`,
    make: { kind: "cargo", binary: name, image: IMAGE },
    port: portIn(source, PORTS),
    health: healthPath(source),
  }));
}

interface Manifest {
  readonly package?: { readonly name?: string };
  readonly bin?: readonly { readonly name?: string; readonly path?: string }[];
  readonly workspace?: { readonly members?: readonly string[] };
}

async function manifestOf(folder: string): Promise<Manifest | undefined> {
  const text = await textOf(join(folder, "Cargo.toml"));
  if (text === "") return undefined;
  try {
    return parse(text) as Manifest;
  } catch {
    return undefined;
  }
}

/** A member is a folder, or all folders of one (`crates/*`). */
async function foldersOf(workspace: string, member: string): Promise<string[]> {
  if (!member.endsWith("/*")) return [join(workspace, member)];
  const parent = join(workspace, member.slice(0, -2));
  return (await entriesOf(parent)).folders.map((name) => join(parent, name));
}

async function binariesOf(crate: string): Promise<{ name: string; source: string }[]> {
  const manifest = await manifestOf(crate);
  const name = manifest?.package?.name;
  if (typeof name !== "string") return [];
  const source = await sourcesIn(join(crate, "src"), /\.rs$/);
  const { files } = await entriesOf(join(crate, "src"));
  const further = (await entriesOf(join(crate, "src/bin"))).files.filter((file) => file.endsWith(".rs"));
  const named = (manifest?.bin ?? []).flatMap((bin) => (bin.name === undefined ? [] : [bin.name]));
  const usual = files.includes("main.rs") && named.length === 0 ? [name] : [];
  const names = new Set([...named, ...usual, ...further.map((file) => basename(file, ".rs"))]);
  return [...names].filter((each) => /^[\w-]+$/.test(each)).map((each) => ({ name: each, source }));
}
