import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";
import type { Platform } from "../model/artifact.ts";
import { environmentFailure, type Failure } from "../model/failure.ts";
import { nameOf } from "./select.ts";

/** A C compiler that makes (and links) programs for another platform than its own. */
export interface CrossCompiler {
  readonly program: string;
  /** Debian's and Ubuntu's names for it and the C library that it links with. */
  readonly packages: string;
}

const gnu = (triple: string, library: string): CrossCompiler => ({
  program: `${triple}-gcc`,
  packages: `gcc-${triple} libc6-dev-${library}-cross`,
});

const COMPILERS: Readonly<Record<string, CrossCompiler>> = {
  "linux/amd64": { program: "x86_64-linux-gnu-gcc", packages: "gcc-x86-64-linux-gnu libc6-dev-amd64-cross" },
  "linux/386": gnu("i686-linux-gnu", "i386"),
  "linux/arm64": gnu("aarch64-linux-gnu", "arm64"),
  "linux/arm": gnu("arm-linux-gnueabihf", "armhf"),
  "linux/riscv64": gnu("riscv64-linux-gnu", "riscv64"),
  "linux/ppc64le": gnu("powerpc64le-linux-gnu", "ppc64el"),
  "linux/s390x": gnu("s390x-linux-gnu", "s390x"),
  "linux/mips64le": gnu("mips64el-linux-gnuabi64", "mips64el"),
  "windows/amd64": { program: "x86_64-w64-mingw32-gcc", packages: "gcc-mingw-w64-x86-64" },
  "windows/386": { program: "i686-w64-mingw32-gcc", packages: "gcc-mingw-w64-i686" },
};

/**
 * The name of the compiler for a platform, as Debian and most other systems call it.
 * @throws Failure (environment) when it is not on the PATH, or none is known.
 */
export function crossCompiler(service: string, platform: Platform, environment: Readonly<NodeJS.ProcessEnv>): string {
  const known = COMPILERS[nameOf(platform)];
  if (known === undefined) throw unknown(service, platform);
  if (!isOnPath(known.program, environment)) throw missing(service, platform, known);
  return known.program;
}

/** Whether a program can be started by its name. */
export function isOnPath(program: string, { PATH = "" }: Readonly<NodeJS.ProcessEnv>): boolean {
  return PATH.split(delimiter).some((folder) => folder !== "" && isExecutable(join(folder, program)));
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

const missing = (service: string, platform: Platform, { program, packages }: CrossCompiler): Failure =>
  environmentFailure(`${service}: linking it for ${nameOf(platform)} needs ${program}, which is not installed`, {
    hint: `\`sudo apt-get install ${packages}\` (Debian, Ubuntu; elsewhere a C compiler of that name)`,
  });

const unknown = (service: string, platform: Platform): Failure =>
  environmentFailure(`${service}: devenv knows no C compiler for ${nameOf(platform)}`, {
    hint: "name one in x-devenv.build.env: CC for Go, CARGO_TARGET_<TARGET>_LINKER for Rust",
  });
