import type { Plugin } from "esbuild";

interface NeverUsed {
  /** The package that would load it, where others use it. */
  readonly by?: string;
  readonly why: string;
}

/** What our packages would load, for ways to a daemon, tools and commands that devenv never uses. */
const NEVER_USED: Readonly<Record<string, NeverUsed>> = {
  ssh2: { why: "a remote daemon is reached through the system's ssh" },
  "cpu-features": { why: "a remote daemon is reached through the system's ssh" },
  "@grpc/grpc-js": { why: "images are built without a BuildKit session" },
  "@grpc/proto-loader": { why: "images are built without a BuildKit session" },
  protobufjs: { why: "images are built without a BuildKit session" },
  "tar-fs": { why: "a build's context is packed by devenv itself" },
  "@balena/dockerignore": { by: "dockerode", why: "a build's context is packed by devenv itself" },
  "node:child_process": { by: "commander", why: "no command is a program of its own" },
  "react-devtools-core": { why: "the terminal UI runs without the React developer tools" },
};

/** Puts a stand-in in their place that may be passed around and taken apart, but throws when it is called. */
export const neverUsed: Plugin = {
  name: "never-used",
  setup(build) {
    const namespace = "never-used";
    const filter = new RegExp(`^(${Object.keys(NEVER_USED).join("|")})(/.*)?$`);
    build.onResolve({ filter }, ({ path, importer }) => {
      const by = entryFor(path)?.by;
      return by === undefined || importer.includes(`/node_modules/${by}/`) ? { path, namespace } : undefined;
    });
    build.onLoad({ filter: /.*/, namespace }, ({ path }) => {
      return { contents: standIn(`devenv is built without ${path}: ${entryFor(path)?.why}`), loader: "js" };
    });
  },
};

/** What is said of a package, for one of its files, too. */
const entryFor = (path: string): NeverUsed | undefined =>
  NEVER_USED[path] ?? Object.entries(NEVER_USED).find(([name]) => path.startsWith(`${name}/`))?.[1];

function standIn(message: string): string {
  return `
    const refuse = () => { throw new Error(${JSON.stringify(message)}); };
    const absent = new Proxy(function () {}, {
      get: (_, key) => (typeof key === "symbol" || key === "__esModule" || key === "then" ? undefined : absent),
      apply: refuse,
      construct: refuse,
    });
    module.exports = absent;`;
}
