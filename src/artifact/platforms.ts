import type { Platform } from "../model/artifact.ts";

/** Node's words for architectures and systems, where they are not Go's. */
const ARCHITECTURES: Readonly<Record<string, string>> = {
  x64: "amd64",
  ia32: "386",
  ppc64: "ppc64le",
  mipsel: "mipsle",
};
const SYSTEMS: Readonly<Record<string, string>> = { win32: "windows", sunos: "solaris" };

/** This machine's, in Go's words; a compiler for it is no cross-compiler. */
export function hostPlatform(): Platform {
  return { os: SYSTEMS[process.platform] ?? process.platform, arch: ARCHITECTURES[process.arch] ?? process.arch };
}

/** What a daemon on this machine would run: containers are Linux's, whatever runs devenv. */
export const containerPlatformHere = (): Platform => ({ os: "linux", arch: hostPlatform().arch });

export const isSamePlatform = (a: Platform, b: Platform): boolean => a.os === b.os && a.arch === b.arch;
