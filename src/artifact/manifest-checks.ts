/** A mistake in a value of the manifest, by the way to it. */
export interface Mistake {
  readonly path: readonly (string | number)[];
  readonly message: string;
}

interface Contents {
  /** Relative to the manifest's folder. */
  readonly path: string;
  readonly sha256: string;
  readonly size: number;
}

export interface ManifestArtifact extends Contents {
  readonly os: string;
  readonly arch: string;
  readonly kind: "file" | "tree";
}

export interface ManifestService {
  /** The build that made this entry; CI that builds only what changed keeps the entries of earlier builds. */
  readonly build?: number;
  /** Says which content it is: the same for the same content, whatever number it bears. See `contentId`. */
  readonly id?: string;
  readonly commit: string;
  /** The work tree that it was built from had changes that the commit has not. */
  readonly dirty?: boolean;
  /** ISO 8601: when it was built. */
  readonly at?: string;
  readonly artifacts: readonly ManifestArtifact[];
  readonly config?: Contents;
  /** `container/bin/pre_setup.sh`. */
  readonly setup?: Contents;
}

/** `manifest.json` of a CI folder. Keys that are not known are left alone: CI may note more than we read. */
export interface Manifest {
  readonly version: 1;
  readonly build: number;
  readonly services: Readonly<Record<string, ManifestService>>;
}

/** `history.json`: of each service what was built of it, newest first. */
export interface History {
  readonly version: 1;
  readonly services: Readonly<Record<string, readonly (ManifestService & { readonly build: number })[]>>;
}

type Path = Mistake["path"];
/** Notes the mistakes of one value. By hand, as zod's import (43 ms) would be a tenth of an `up` with nothing to do. */
type Check = (value: unknown, path: Path, mistakes: Mistake[]) => void;

const that =
  (holds: (value: unknown) => boolean, message: string): Check =>
  (value, path, mistakes) => {
    if (!holds(value)) mistakes.push({ path, message });
  };

const text = (pattern: RegExp, message: string) =>
  that((value) => typeof value === "string" && pattern.test(value), message);

const count = (least: number, message: string) =>
  that((value) => Number.isSafeInteger(value) && (value as number) >= least, message);

const optional =
  (check: Check): Check =>
  (value, path, mistakes) => {
    if (value !== undefined) check(value, path, mistakes);
  };

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

const record =
  (checkEntry: (key: string, value: unknown, path: Path, mistakes: Mistake[]) => void): Check =>
  (value, path, mistakes) => {
    if (!isObject(value)) mistakes.push({ path, message: "an object belongs here" });
    else for (const [key, each] of Object.entries(value)) checkEntry(key, each, [...path, key], mistakes);
  };

const object =
  (shape: Readonly<Record<string, Check>>): Check =>
  (value, path, mistakes) => {
    if (!isObject(value)) mistakes.push({ path, message: "an object belongs here" });
    else for (const [key, check] of Object.entries(shape)) check(value[key], [...path, key], mistakes);
  };

const list =
  (check: Check): Check =>
  (value, path, mistakes) => {
    if (!Array.isArray(value)) mistakes.push({ path, message: "a list belongs here" });
    else for (const [index, each] of value.entries()) check(each, [...path, index], mistakes);
  };

const both =
  (...checks: readonly Check[]): Check =>
  (value, path, mistakes) => {
    for (const check of checks) check(value, path, mistakes);
  };

/** Relative and never out of the folder; that no symlink leads out is checked when it is opened. */
const isInside = (value: unknown): boolean =>
  typeof value === "string" &&
  !/[\\\0]/.test(value) &&
  value.split("/").every((segment) => segment !== "" && segment !== "..");

const sha256 = text(/^[0-9a-f]{64}$/, "a SHA-256 is 64 lower-case hexadecimal characters");

const contents = {
  path: that(isInside, "a path is relative to the manifest's folder and stays inside it"),
  sha256,
  size: count(0, "a size is a whole number of bytes"),
};

const artifact = both(
  object({
    os: text(/./, "the operating system that it is for, as Go names it, or any"),
    arch: text(/./, "the architecture that it is for, as Go names it, or any"),
    kind: that((value) => value === "file" || value === "tree", "a kind is file or tree"),
    ...contents,
  }),
  (value, path, mistakes) => {
    if (!isObject(value) || (value.os === "any") === (value.arch === "any")) return;
    mistakes.push({ path, message: '"any" stands for the operating system and the architecture together' });
  },
);

const onePerPlatform: Check = (value, path, mistakes) => {
  const seen = new Set<string>();
  for (const [index, each] of (Array.isArray(value) ? value : []).filter(isObject).entries()) {
    const platform = `${each.os}/${each.arch}`;
    if (seen.has(platform)) {
      mistakes.push({ path: [...path, index], message: `a second artifact for ${platform}` });
    }
    seen.add(platform);
  }
};

const build = count(1, "a build is a positive whole number");

const keys = {
  id: optional(sha256),
  commit: text(/^([0-9a-f]{40}|[0-9a-f]{64})$/, "a commit is 40 hexadecimal characters"),
  at: optional(text(/^\d{4}-\d\d-\d\dT[\d:.]+(Z|[+-]\d\d:\d\d)$/, "a time is written 2026-11-21T10:00:00Z")),
  artifacts: both(list(artifact), onePerPlatform),
  config: optional(object(contents)),
  setup: optional(object(contents)),
};

const version = that((value) => value === 1, "this devenv reads manifests of version 1");

const services = (check: Check): Check =>
  record((name, value, path, mistakes) => {
    if (!/^[a-zA-Z0-9][a-zA-Z0-9._-]*$/.test(name)) {
      mistakes.push({ path, message: "a service's name has letters, digits, dots, dashes and underscores" });
    }
    check(value, path, mistakes);
  });

const manifest = object({ version, build, services: services(object({ build: optional(build), ...keys })) });
const history = object({ version, services: services(list(object({ build, ...keys }))) });

/** Takes what was parsed; gives every mistake in it. Without one it is a Manifest, or the History. */
export function mistakesIn(data: unknown, kind: "manifest" | "history"): readonly Mistake[] {
  const mistakes: Mistake[] = [];
  (kind === "manifest" ? manifest : history)(data, [], mistakes);
  return mistakes;
}
