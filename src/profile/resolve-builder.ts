import type { ArtifactKind } from "../model/artifact.ts";
import type { Builder, DebuggerWish } from "../model/builder.ts";
import type { ServiceData } from "./compose-schema.ts";

type Extension = NonNullable<ServiceData["x-devenv"]>;
type Written = NonNullable<Extension["build"]>;

/** How a service's artifact is built, with the defaults; undefined where the profile does not say it. */
export function builder({ build: written }: Extension): Builder | undefined {
  if (written === undefined) return undefined;
  return { ...ofItsKind(written), ...(written.cache === false && { cache: false }) };
}

function ofItsKind(written: Written): Builder {
  const env = environment(written);
  if (written.go !== undefined) {
    const { tags = [], cgo = false } = written;
    const debug = debuggerWish(written);
    return { kind: "go", packages: listed(written.go), tags, cgo, ...(debug !== undefined && { debug }), env };
  }
  if (written.cargo !== undefined) {
    const { profile = "dev", features = [], target } = written;
    return { kind: "cargo", binaries: listed(written.cargo), profile, features, target, env };
  }
  if (written.node !== undefined) return { kind: "node", script: written.node, output: outputOf(written), env };
  return { kind: "command", command: written.command ?? "", env };
}

/** One executable by default, but a folder where several are built, and of a front end. */
export function artifactKind({ artifact, build }: Extension): ArtifactKind {
  return artifact ?? (build !== undefined && makesFolder(build) ? "tree" : "file");
}

/** Whether several programs are built, which only a folder can hold: of a list, or of a pattern of Go's. */
export const makesSeveral = ({ go, cargo }: Written): boolean =>
  Array.isArray(go) || Array.isArray(cargo) || (typeof go === "string" && go.includes("..."));

const makesFolder = (build: Written): boolean => build.node !== undefined || makesSeveral(build);

/** `debug: true`, or with a port of this machine. */
export function debuggerWish({ debug = false }: Written): DebuggerWish | undefined {
  if (typeof debug === "boolean") return debug ? { port: undefined } : undefined;
  return { port: debug.port };
}

const listed = (written: string | readonly string[]): readonly string[] =>
  typeof written === "string" ? [written] : written;

/** A variable without a value is the one that devenv was given, which a build has anyway. */
const environment = ({ env = {} }: Written): Readonly<Record<string, string>> =>
  Object.fromEntries(Object.entries(env).flatMap(([key, value]) => (value === null ? [] : [[key, value]])));

/** Without a slash at its end: `dist`. */
const outputOf = ({ output = "dist" }: Written): string => output.replace(/(?<=.)\/+$/, "");
