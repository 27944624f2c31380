import { basename, join } from "node:path";
import { type FoundProgram, healthPath, portIn } from "./found.ts";
import { entriesOf, sourcesIn, textOf } from "./sources.ts";

const PORTS = [
  /\bPORT\s*(?:\|\||\?\?|:|=)\s*["']?(\d+)/,
  /\.listen\(\s*(\d+)/,
  /\blisten\(\s*\{[^}]*\bport:\s*(\d+)/,
  /\bport\s*[:=]\s*(\d{4,5})\b/i,
];
const SCRIPT_PORTS = [/--port[ =](\d+)/, /\s-p[ =]?(\d+)/, /\bPORT=(\d+)/];

/** By its lock file, how a package manager installs exactly what was locked. */
const INSTALLS: readonly (readonly [lock: string, install: string])[] = [
  ["package-lock.json", "npm ci"],
  ["npm-shrinkwrap.json", "npm ci"],
  ["pnpm-lock.yaml", "pnpm install --frozen-lockfile"],
  ["yarn.lock", "yarn install --frozen-lockfile"],
];

/** Node's long-term release that is taken where a package names none. */
const USUAL_NODE = 22;

/** The Node package in a folder, when it has a `start` script. */
export async function nodeProgram(folder: string): Promise<FoundProgram | undefined> {
  const manifest = parsed(await textOf(join(folder, "package.json")));
  const { name, scripts, engines } = manifest ?? {};
  if (typeof scripts?.start !== "string") return undefined;
  const { files } = await entriesOf(folder);
  const install = INSTALLS.find(([lock]) => files.includes(lock))?.[1] ?? "npm install";
  const build = typeof scripts.build === "string" ? " && npm run build" : "";
  const source = await sourcesIn(folder, /\.[cm]?[jt]sx?$/);
  return {
    name: typeof name === "string" && name !== "" ? basename(name) : basename(folder),
    folder,
    what: "Node, npm start",
    make: {
      kind: "command",
      command: `${install}${build} && cp -R . "$DEVENV_OUT"`,
      artifact: "tree",
      image: `node:${nodeVersion(engines?.node)}-slim`,
      run: ["npm", "start"],
    },
    port: portIn(scripts.start, SCRIPT_PORTS) ?? portIn(source, PORTS),
    health: healthPath(source),
  };
}

interface Manifest {
  readonly name?: unknown;
  readonly scripts?: { readonly start?: unknown; readonly build?: unknown };
  readonly engines?: { readonly node?: unknown };
}

function parsed(text: string): Manifest | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null ? value : undefined;
  } catch {
    return undefined;
  }
}

const nodeVersion = (wanted: unknown): number => {
  const major = Number(/\d+/.exec(String(wanted ?? ""))?.[0] ?? USUAL_NODE);
  return Math.max(major, 18);
};
