import { basename, join } from "node:path";
import { type FoundProgram, healthPath, portIn } from "./found.ts";
import { entriesOf, sourcesIn, textOf } from "./sources.ts";

const PORTS = [
  /ListenAndServe(?:TLS)?\(\s*"[^"]*:(\d+)"/,
  /\bAddr:\s*"[^"]*:(\d+)"/,
  /\.Listen\(\s*"tcp[46]?",\s*"[^"]*:(\d+)"/,
  /\.(?:String|StringVar)\([^)\n]*"[\w-]*(?:addr|address|listen|bind|http)[\w-]*",\s*"[^"]*:(\d+)"/i,
  /\.(?:Int|IntVar|Uint|UintVar)\([^)\n]*"[\w-]*port[\w-]*",\s*(\d+)/i,
  /"[A-Z_]*(?:ADDR|LISTEN)[A-Z_]*",\s*"[^"]*:(\d+)"/,
  /"[A-Z_]*PORT[A-Z_]*",\s*"?:?(\d+)/,
  /"(?:0\.0\.0\.0|127\.0\.0\.1|localhost|\[::\])?:(\d{4,5})"/,
];

/** The main packages of the Go module in a folder: its top, and each under `cmd/`. */
export async function goPrograms(folder: string): Promise<FoundProgram[]> {
  const mod = await textOf(join(folder, "go.mod"));
  const [, path] = /^module\s+"?([^\s"]+)"?/m.exec(mod) ?? [];
  if (path === undefined) return [];
  const below = (await entriesOf(join(folder, "cmd"))).folders.map((name) => `cmd/${name}`);
  const all = await sourcesIn(folder, /\.go$/);
  const found = await Promise.all([".", ...below].map((place) => program(folder, place, { path, all })));
  return found.filter((each) => each !== undefined);
}

/** A Go module: its path, and all its sources. */
interface Module {
  readonly path: string;
  readonly all: string;
}

async function program(folder: string, place: string, module: Module): Promise<FoundProgram | undefined> {
  const own = await ownSource(join(folder, place));
  if (!/^package main\b/m.test(own) || !/^func main\(\)/m.test(own)) return undefined;
  const goPackage = place === "." ? "." : `./${place}`;
  const name = place === "." ? basename(module.path.replace(/\/v\d+$/, "")) : basename(place);
  return {
    name,
    folder,
    what: `Go, ${goPackage}`,
    make: { kind: "go", package: goPackage },
    port: portIn(own, PORTS),
    health: healthPath(own) ?? healthPath(module.all),
  };
}

/** The files of one package, without those below it. */
async function ownSource(folder: string): Promise<string> {
  const { files } = await entriesOf(folder);
  const sources = files.filter((name) => name.endsWith(".go") && !name.endsWith("_test.go"));
  return (await Promise.all(sources.map((name) => textOf(join(folder, name))))).join("\n");
}
