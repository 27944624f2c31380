import type { Plugin } from "esbuild";

/** Packages that our packages would load, for ways to a daemon and tools that devenv never uses. */
const NEVER_USED: Readonly<Record<string, string>> = {
  ssh2: "a remote daemon is reached through the system's ssh",
  "cpu-features": "a remote daemon is reached through the system's ssh",
  "@grpc/grpc-js": "images are built without a BuildKit session",
  "@grpc/proto-loader": "images are built without a BuildKit session",
  protobufjs: "images are built without a BuildKit session",
  "react-devtools-core": "the terminal UI runs without the React developer tools",
};

/** Puts a stand-in in their place that may be passed around and taken apart, but throws when it is called. */
export const neverUsed: Plugin = {
  name: "never-used",
  setup(build) {
    const namespace = "never-used";
    const filter = new RegExp(`^(${Object.keys(NEVER_USED).join("|")})(/.*)?$`);
    build.onResolve({ filter }, ({ path }) => ({ path, namespace }));
    build.onLoad({ filter: /.*/, namespace }, ({ path }) => {
      const reason = NEVER_USED[path] ?? Object.entries(NEVER_USED).find(([name]) => path.startsWith(`${name}/`))?.[1];
      return { contents: standIn(`devenv is built without ${path}: ${reason}`), loader: "js" };
    });
  },
};

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
