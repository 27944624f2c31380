import { lstat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { errorCode, readJson } from "../host/files.ts";
import { environmentFailure, type Failure, userFailure } from "../model/failure.ts";
import { didYouMean } from "../model/nearest.ts";

/** A program that runs the scripts of package.json. */
export interface PackageManager {
  readonly program: "npm" | "pnpm" | "yarn" | "bun";
  /** What stands before the script's name; it says no more than the script does where it can be quiet. */
  readonly run: readonly string[];
  /** Installs exactly what was locked. */
  readonly install: string;
  readonly howToGet: string;
}

const NPM: PackageManager = {
  program: "npm",
  run: ["run", "--silent"],
  install: "npm ci",
  howToGet: "install Node.js with npm (Debian, Ubuntu: `sudo apt-get install npm`; others: https://nodejs.org)",
};

const BY_COREPACK = (name: string) => `install it: corepack enable ${name}, or npm install --global ${name}`;

const PNPM: PackageManager = {
  program: "pnpm",
  run: ["run", "--silent"],
  install: "pnpm install --frozen-lockfile",
  howToGet: BY_COREPACK("pnpm"),
};

const YARN: PackageManager = {
  program: "yarn",
  run: ["run"],
  install: "yarn install",
  howToGet: BY_COREPACK("yarn"),
};

const BUN: PackageManager = {
  program: "bun",
  run: ["run", "--silent"],
  install: "bun install --frozen-lockfile",
  howToGet: "install it: npm install --global bun",
};

const LOCKS: readonly (readonly [lock: string, manager: PackageManager])[] = [
  ["package-lock.json", NPM],
  ["npm-shrinkwrap.json", NPM],
  ["pnpm-lock.yaml", PNPM],
  ["yarn.lock", YARN],
  ["bun.lock", BUN],
  ["bun.lockb", BUN],
];

/** The fields of package.json that are looked at; whatever else they may hold is as good as absent. */
interface Manifest {
  readonly scripts?: Readonly<Record<string, unknown>>;
  readonly dependencies?: object;
  readonly devDependencies?: object;
}

/**
 * Who runs a package's scripts: by the lock file beside package.json, or in a folder above it as far as the repository
 * goes (a workspace of packages has one for all); npm where there is none.
 * @throws Failure: no package.json or no such script (user), packages that are not installed (environment).
 */
export async function packageManager(service: string, repo: string, script: string): Promise<PackageManager> {
  const file = join(repo, "package.json");
  const manifest = (await readJson(file)) as Manifest | undefined;
  if (manifest === undefined) {
    throw userFailure(`${service}: there is no ${file}`, { hint: "x-devenv.repo is to be the folder that has it" });
  }
  const scripts = Object.keys(manifest.scripts ?? {});
  if (!scripts.includes(script)) throw noScript(service, file, script, scripts);
  const around = await foldersAround(repo);
  const manager = await lockedBy(around);
  if (hasDependencies(manifest) && !(await isInstalled(around))) {
    throw environmentFailure(`${service}: the packages that it is built with are not installed`, {
      hint: `(cd ${repo} && ${manager.install})`,
    });
  }
  return manager;
}

/** By the lock file beside package.json or above it, whatever else is there. */
export const managerOf = async (repo: string): Promise<PackageManager> => lockedBy(await foldersAround(repo));

function noScript(service: string, file: string, script: string, scripts: readonly string[]): Failure {
  const list = scripts.length === 0 ? "it has no scripts" : `it has ${scripts.join(", ")}`;
  return userFailure(`${service}: ${file} has no script ${script}`, { hint: didYouMean(script, scripts) ?? list });
}

/** The repository's folder and those above it, up to the one that git has its own in. */
async function foldersAround(repo: string): Promise<string[]> {
  const folders = [repo];
  let folder = repo;
  while (!(await isThere(join(folder, ".git"))) && dirname(folder) !== folder) {
    folder = dirname(folder);
    folders.push(folder);
  }
  // Not in a git repository: what lies above is nobody's.
  return dirname(folder) === folder ? [repo] : folders;
}

async function lockedBy(folders: readonly string[]): Promise<PackageManager> {
  for (const folder of folders) {
    for (const [lock, manager] of LOCKS) if (await isThere(join(folder, lock))) return manager;
  }
  return NPM;
}

const hasDependencies = ({ dependencies = {}, devDependencies = {} }: Manifest): boolean =>
  Object.keys({ ...dependencies, ...devDependencies }).length > 0;

/** Yarn may keep them in archives of its own (Plug'n'Play). */
async function isInstalled(folders: readonly string[]): Promise<boolean> {
  const places = folders.flatMap((folder) => [join(folder, "node_modules"), join(folder, ".pnp.cjs")]);
  return (await Promise.all(places.map(isThere))).includes(true);
}

const isThere = (path: string): Promise<boolean> =>
  lstat(path).then(
    () => true,
    (cause) => !["ENOENT", "ENOTDIR"].includes(errorCode(cause) ?? ""),
  );
