import { realpathSync } from "node:fs";
import { relative } from "node:path";
import { type BuildOptions, build, type Metafile, type Plugin, type PluginBuild, type ResolveResult } from "esbuild";

/** Namespace of the modules that stand before what is imported lazily. */
const LAZY = "lazy";

/** Paths of files: what they import is loaded together, as far as no layer before has it. */
export type Layer = readonly string[];

export interface Together {
  readonly layers: readonly Layer[];
  /** What is imported lazily where no layer is loaded, and needs so little of one that it takes just that out of it. */
  readonly apart: readonly string[];
}

/** By the name of a file, what it imports at once. */
type Imports = ReadonlyMap<string, readonly string[]>;

/**
 * esbuild makes a chunk of the modules that the same lazy imports reach. In a program with a hundred of those that is a
 * hundred files for one command, most below 2 kB, and to find, read and link a file costs Node more than what is in it.
 * So whoever lazily imports anything of a layer is made to import all of it, and the layers before it, which makes each of
 * them one chunk. The first layer is what the entry imports.
 * @param entry path of what the program begins with
 * @param options of the build that the plugin is for
 */
export async function loadedTogether(
  entry: string,
  { layers, apart }: Together,
  options: BuildOptions,
): Promise<Plugin> {
  const { metafile } = await build({ ...options, write: false, metafile: true, logLevel: "silent" });
  const imports = importsOf(metafile);
  const names = entryNames(metafile);
  const roots = [imports.get(nameOf(entry)) ?? [], ...layers.map((files) => files.map(nameOf))];
  const own = ownFiles(roots, imports);
  const alone = new Set(apart.map(nameOf));
  return {
    name: "loaded-together",
    setup(building) {
      // That an import is there for its place in a chunk alone is what is wanted.
      building.initialOptions.logOverride = { "ignored-bare-import": "silent" };
      const targets = standBefore(building, names);
      building.onResolve({ filter: /^target$/, namespace: LAZY }, ({ importer }) => targets.get(importer));
      building.onLoad({ filter: /.*/, namespace: LAZY }, ({ path }) => {
        const reached = reachable([path], imports);
        const last = alone.has(path) ? 0 : own.findLastIndex((files) => files.some((file) => reached.has(file)));
        const before = roots.slice(0, Math.max(last, 0) + 1).flat();
        const lines = before.map((file) => `import ${JSON.stringify(`./${file}`)};`);
        lines.push(`export { ${names.get(path)?.join(", ")} } from "target";`);
        return { contents: lines.join("\n"), resolveDir: process.cwd() };
      });
    },
  };
}

/** What esbuild calls a file; throws where there is none, so that no layer is lost with a file that was renamed. */
const nameOf = (path: string): string => relative(process.cwd(), realpathSync(path));

/** Puts a module before each of these that is imported lazily; gives what is behind it, by the name of both. */
function standBefore(building: PluginBuild, lazy: ReadonlyMap<string, unknown>): ReadonlyMap<string, ResolveResult> {
  const targets = new Map<string, ResolveResult>();
  const asked = {};
  building.onResolve({ filter: /.*/ }, async ({ path, kind, resolveDir, importer, pluginData }) => {
    if (kind !== "dynamic-import" || pluginData === asked) return undefined;
    const found = await building.resolve(path, { kind, resolveDir, importer, pluginData: asked });
    const name = found.namespace === "file" ? relative(process.cwd(), found.path) : `${found.namespace}:${found.path}`;
    if (!lazy.has(name)) return undefined;
    targets.set(name, found);
    return { path: name, namespace: LAZY };
  });
  return targets;
}

const importsOf = ({ inputs }: Metafile): Imports =>
  new Map(
    Object.entries(inputs).map(([file, { imports }]) => [
      file,
      imports.filter(({ kind, external }) => kind !== "dynamic-import" && !external).map(({ path }) => path),
    ]),
  );

/** What the program begins with and what it imports lazily, each with the names that it exports. */
const entryNames = ({ outputs }: Metafile): ReadonlyMap<string, readonly string[]> =>
  new Map(
    Object.values(outputs).flatMap(({ entryPoint, exports }) =>
      entryPoint === undefined ? [] : [[entryPoint, exports] as const],
    ),
  );

/** The files of each layer that no layer before it has. */
function ownFiles(roots: readonly Layer[], imports: Imports): readonly (readonly string[])[] {
  const before = new Set<string>();
  return roots.map((layer) => {
    const own = [...reachable(layer, imports)].filter((file) => !before.has(file));
    for (const file of own) before.add(file);
    return own;
  });
}

function reachable(files: readonly string[], imports: Imports): ReadonlySet<string> {
  const reached = new Set(files);
  for (const file of reached) for (const next of imports.get(file) ?? []) reached.add(next);
  return reached;
}
