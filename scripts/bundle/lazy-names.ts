import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import type { Plugin } from "esbuild";

const NAMESPACE = "lazy-names";

/**
 * `const { parse } = await import("yaml")` works in Node, which finds the names that a CommonJS package exports. esbuild
 * gives such a lazy import the default alone. So a module that names them stands between.
 */
export const lazyNames: Plugin = {
  name: "lazy-names",
  setup(build) {
    build.onResolve({ filter: /^[^./]/ }, async ({ path, kind, resolveDir, importer, namespace }) => {
      if (kind !== "dynamic-import" || namespace === NAMESPACE) return undefined;
      const {
        path: found,
        external,
        errors,
      } = await build.resolve(path, { kind: "import-statement", resolveDir, importer });
      if (errors.length > 0 || external || !isCommonJs(found)) return undefined;
      return { path, namespace: NAMESPACE, pluginData: { resolveDir, found } };
    });
    build.onLoad({ filter: /.*/, namespace: NAMESPACE }, async ({ path, pluginData: { resolveDir, found } }) => {
      const module: object = await import(pathToFileURL(found).href);
      const names = Object.keys(module).filter((name) => /^[\w$]+$/.test(name));
      return { contents: `export { ${names.join(", ")} } from ${JSON.stringify(path)};`, loader: "js", resolveDir };
    });
  },
};

function isCommonJs(file: string): boolean {
  if (/\.[cm]js$/.test(file)) return file.endsWith(".cjs");
  return file.endsWith(".js") && packageType(dirname(file)) !== "module";
}

function packageType(folder: string): unknown {
  const file = join(folder, "package.json");
  if (existsSync(file)) return JSON.parse(readFileSync(file, "utf8")).type;
  return folder === dirname(folder) ? undefined : packageType(dirname(folder));
}
