import type { Platform } from "../model/artifact.ts";
import { nameOf } from "./select.ts";

/** rustc's word for a platform and a C library, and how a program for it is linked. */
export interface CargoTarget {
  /** `aarch64-unknown-linux-musl` */
  readonly triple: string;
  /** With the C library in it, which a musl target does anyway and a gnu one when it is told to. */
  readonly isStatic: boolean;
}

/** rustc's words for Go's, of Linux: the processor, and what stands behind the C library's name. */
const LINUX: Readonly<Record<string, readonly [cpu: string, abi: string]>> = {
  amd64: ["x86_64", ""],
  "386": ["i686", ""],
  arm64: ["aarch64", ""],
  arm: ["armv7", "eabihf"],
  riscv64: ["riscv64gc", ""],
  ppc64le: ["powerpc64le", ""],
  s390x: ["s390x", ""],
  loong64: ["loongarch64", ""],
};

const OTHERS: Readonly<Record<string, readonly string[]>> = {
  "darwin/amd64": ["x86_64-apple-darwin"],
  "darwin/arm64": ["aarch64-apple-darwin"],
  "windows/amd64": ["x86_64-pc-windows-gnu", "x86_64-pc-windows-msvc"],
  "windows/386": ["i686-pc-windows-gnu", "i686-pc-windows-msvc"],
  "windows/arm64": ["aarch64-pc-windows-gnullvm", "aarch64-pc-windows-msvc"],
  "freebsd/amd64": ["x86_64-unknown-freebsd"],
  "netbsd/amd64": ["x86_64-unknown-netbsd"],
  "illumos/amd64": ["x86_64-unknown-illumos"],
};

/** The platforms that a Rust program can be built for here. */
export const CARGO_PLATFORMS: readonly string[] = [
  ...Object.keys(LINUX).map((arch) => `linux/${arch}`),
  ...Object.keys(OTHERS),
].sort();

/**
 * Pure: the targets that would do for a platform, the best one first. In the empty image that is a static program: musl
 * where it is installed, else glibc linked in. Elsewhere it is what the distributions have, glibc.
 */
export function targetsFor(platform: Platform, image: string): CargoTarget[] {
  const [cpu, abi] = (platform.os === "linux" && LINUX[platform.arch]) || [];
  if (cpu === undefined) return (OTHERS[nameOf(platform)] ?? []).map((triple) => ({ triple, isStatic: false }));
  const isEmpty = image === "scratch";
  const gnu = { triple: `${cpu}-unknown-linux-gnu${abi}`, isStatic: isEmpty };
  const musl = { triple: `${cpu}-unknown-linux-musl${abi}`, isStatic: true };
  return isEmpty ? [musl, gnu] : [gnu, musl];
}

/** Pure: the platform of `CARGO_PLATFORMS` that a target is for; undefined for one that devenv does not know. */
export function platformOf(triple: string): string | undefined {
  return CARGO_PLATFORMS.find((name) => {
    const [os = "", arch = ""] = name.split("/");
    return targetsFor({ os, arch }, "scratch").some((target) => target.triple === triple);
  });
}
