/** A program of a repository that can be a service of a profile, as far as its files tell. */
export interface FoundProgram {
  /** What it is called there; not yet unique. */
  readonly name: string;
  /** Absolute path of the folder that it is built in: `x-devenv.repo`. */
  readonly folder: string;
  /** For a list to choose from: `Go, ./cmd/books`. */
  readonly what: string;
  readonly make: Making;
  /** The port that it listens on; undefined where its files do not say it. */
  readonly port: number | undefined;
  /** A path that answers when it is ready; undefined where its files name none of the usual ones. */
  readonly health: string | undefined;
}

/** How it becomes a container. */
export type Making =
  /** A static binary in the empty image. */
  | { readonly kind: "go"; readonly package: string }
  /** A binary of a crate or a workspace, in an image with the C library that it is linked to. */
  | { readonly kind: "cargo"; readonly binary: string; readonly image: string }
  /** A command puts one file, or a folder of files, into $DEVENV_OUT; `image` has what it needs to run. */
  | {
      readonly kind: "command";
      readonly command: string;
      readonly artifact: "file" | "tree";
      readonly image: string;
      /** Words; the binary itself when undefined. */
      readonly run: readonly string[] | undefined;
    }
  /** Its own Dockerfile. */
  | { readonly kind: "image"; readonly dockerfile: string };

/** Folders in which nobody keeps a program of their own. */
const PASSED_OVER = new Set(["node_modules", "vendor", "testdata", "target", "dist", "build", "third_party"]);

export const isPassedOver = (name: string): boolean => name.startsWith(".") || PASSED_OVER.has(name);

/** The paths by which programs tell that they are ready, the most usual first. */
const HEALTH_PATHS = ["/healthz", "/readyz", "/health", "/ready", "/livez", "/_health", "/api/health"];

/** The first of the usual paths that stands in the source as a text of its own, with or without a method before it. */
export function healthPath(source: string): string | undefined {
  return HEALTH_PATHS.find((path) =>
    ['"', "'", "`"].some((quote) => source.includes(`${quote}${path}${quote}`) || source.includes(` ${path}${quote}`)),
  );
}

/** The first of the patterns that finds a port in the source; each has the number as its first group. */
export function portIn(source: string, patterns: readonly RegExp[]): number | undefined {
  for (const pattern of patterns) {
    const port = Number(pattern.exec(source)?.[1] ?? 0);
    if (port >= 1 && port <= 65_535) return port;
  }
  return undefined;
}
