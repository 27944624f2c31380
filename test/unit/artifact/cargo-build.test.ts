import { readdir, stat, utimes } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { linkerOf } from "../../../src/artifact/cargo-linker.ts";
import { targetsFor } from "../../../src/artifact/cargo-triples.ts";
import { readExecutable } from "../../../src/artifact/elf.ts";
import { systemProcesses } from "../../../src/host/process.ts";
import type { CargoBuilder } from "../../../src/model/builder.ts";
import type { ArtifactDigest } from "../../../src/model/names.ts";
import type { Service } from "../../../src/model/profile.ts";
import { fill, HERE } from "./folders.ts";
import { builtService } from "./service.ts";
import { COMPILING, withoutPrograms, workshop } from "./workshop.ts";

const says = (word: string) => `fn main() {\n    println!("${word}");\n}\n`;

const RUST = {
  "Cargo.toml": '[package]\nname = "books"\nversion = "0.1.0"\nedition = "2021"\n\n[features]\nextra = []\n',
  "Cargo.lock": '# This file is made by cargo.\nversion = 3\n\n[[package]]\nname = "books"\nversion = "0.1.0"\n',
  "src/main.rs": 'fn main() {\n    println!("{}", if cfg!(feature = "extra") { "extra" } else { "plain" });\n}\n',
  "src/bin/migrate.rs": says("migrate"),
};

async function rustWorkshop(files: Record<string, string> = {}) {
  const made = await workshop({ ...RUST, ...files });
  const usual = {
    kind: "cargo",
    binaries: ["books"],
    profile: "dev",
    features: [],
    target: undefined,
    env: {},
  } as const;
  const service = (builder: Partial<CargoBuilder> = {}, more: Partial<Service> = {}) =>
    builtService(made.repo, { ...usual, ...builder }, { image: "debian", ...more });
  const pathOf = (digest: ArtifactDigest, name = "") => join(made.store.pathOf(digest), name);
  const run = async (path: string) => (await systemProcesses.run(path, [])).output;
  return { ...made, service, pathOf, run };
}

/** One that this machine's is not. */
const FOREIGN = { os: "linux", arch: HERE.arch === "riscv64" ? "s390x" : "riscv64" };

describe("a cargo build", COMPILING, () => {
  test("gives the program that it names, and of changed code another", async () => {
    const { build, service, pathOf, run, repo } = await rustWorkshop();
    const first = await build(service());
    expect(await build(service())).toEqual(first);
    await fill(repo, { "src/main.rs": says("changed") });
    const second = await build(service());
    expect(await run(pathOf(first.artifact.digest))).toBe("plain\n");
    expect(await run(pathOf(second.artifact.digest))).toBe("changed\n");
  });

  test("leaves the repository as it is, and says of its own folder that it is in use", async () => {
    const { build, service, repo, cacheFolder } = await rustWorkshop();
    await build(service());
    const [target = ""] = (await readdir(join(cacheFolder, "builds"))).filter((name) => name.startsWith("cargo-"));
    await utimes(join(cacheFolder, "builds", target), 1, 1);
    await build(service());
    expect((await stat(join(cacheFolder, "builds", target))).mtimeMs).toBeGreaterThan(Date.now() - 60_000);
    expect((await readdir(repo)).sort()).toEqual(["Cargo.lock", "Cargo.toml", "src"]);
  });

  test("for the empty image is static", async () => {
    const { build, service, pathOf, run } = await rustWorkshop();
    const { artifact } = await build(service({}, { image: "scratch" }));
    expect(await readExecutable(pathOf(artifact.digest))).toMatchObject({ interpreter: undefined });
    expect(await run(pathOf(artifact.digest))).toBe("plain\n");
  });

  test("has no debugging information, and its panics name their file and line all the same", async () => {
    const main = 'fn main() {\n    panic!("on line two");\n}\n';
    const { build, service, pathOf, run } = await rustWorkshop({ "src/main.rs": main });
    const { artifact } = await build(service());
    expect((await stat(pathOf(artifact.digest))).size).toBeLessThan(2_000_000);
    expect(await run(pathOf(artifact.digest))).toMatch(/src\/main\.rs:2:5/);
  });

  test("of several binaries is a folder with each of them", async () => {
    const { build, service, pathOf, run } = await rustWorkshop();
    const { artifact } = await build(service({ binaries: ["books", "migrate"] }, { artifact: "tree" }));
    expect((await readdir(pathOf(artifact.digest))).sort()).toEqual(["books", "migrate"]);
    expect(await run(pathOf(artifact.digest, "migrate"))).toBe("migrate\n");
  });

  test("takes a profile, features, and variables from the profile", async () => {
    const { build, service, pathOf, run } = await rustWorkshop({
      "src/main.rs": 'fn main() {\n    println!("{} {}", cfg!(debug_assertions), cfg!(feature = "extra"));\n}\n',
    });
    const release = await build(service({ profile: "release", features: ["extra"] }));
    const checked = await build(service({ env: { CARGO_PROFILE_DEV_DEBUG_ASSERTIONS: "false" } }));
    expect(await run(pathOf(release.artifact.digest))).toBe("false true\n");
    expect(await run(pathOf(checked.artifact.digest))).toBe("false false\n");
  });

  test("that fails has the compiler's words, and the place of the first error", async () => {
    const { failureOf, service, repo } = await rustWorkshop({
      "src/main.rs": "fn main() {\n    let unused = 1;\n    missing();\n}\n",
    });
    const failure = await failureOf(service());
    expect(failure.message).toBe("books: the build failed");
    expect(failure.output).toContain("cannot find function `missing`");
    const where = { file: join(repo, "src/main.rs"), line: 3, column: 5, text: "    missing();" };
    expect(failure.where).toEqual(where);
  });

  test("of a binary that is not there says which ones are near", async () => {
    const { failureOf, service } = await rustWorkshop();
    expect((await failureOf(service({ binaries: ["boks"] }))).output).toMatch(/no bin target named `boks`[\s\S]*books/);
  });

  test("without Rust says what to install", async () => {
    const { failureOf, service } = await rustWorkshop();
    const failure = await failureOf(service(), { processes: withoutPrograms });
    expect(failure.message).toBe("books: it is built with Rust, which is not installed");
    expect(failure).toMatchObject({ class: "environment", hint: expect.stringContaining("apt-get install cargo") });
  });
});

describe("a cargo build for another platform", COMPILING, () => {
  test("says which standard library is missing, and how rustup and Debian install it", async () => {
    const { failureOf, service, cacheFolder } = await rustWorkshop();
    await fill(cacheFolder, { "bin/rustup": "" });
    await systemProcesses.run("chmod", ["+x", join(cacheFolder, "bin/rustup")]);
    const withRustup = { platform: FOREIGN, environment: { PATH: join(cacheFolder, "bin") } };
    const failure = await failureOf(service(), withRustup);
    const missing = `Rust's standard library for linux/${FOREIGN.arch}`;
    expect(failure.message).toContain(`books: ${missing}`);
    expect(failure.hint).toMatch(/rustup target add \w+-unknown-linux-gnu\)`$/);
    const withDebian = { platform: FOREIGN, environment: { PATH: "/nowhere" } };
    expect((await failureOf(service(), withDebian)).hint).toContain(`libstd-rust-dev:${FOREIGN.arch}`);
  });

  test("with a target for something else says so", async () => {
    const { failureOf, service } = await rustWorkshop();
    const failure = await failureOf(service({ target: "aarch64-apple-darwin" }));
    expect(failure.message).toBe(
      `books: its target aarch64-apple-darwin is for darwin/arm64, and it is to run on linux/${HERE.arch}`,
    );
  });

  test.each([
    ["linux/amd64", "debian", ["x86_64-unknown-linux-gnu", "x86_64-unknown-linux-musl"]],
    ["linux/amd64", "scratch", ["x86_64-unknown-linux-musl", "x86_64-unknown-linux-gnu"]],
    ["linux/arm", "scratch", ["armv7-unknown-linux-musleabihf", "armv7-unknown-linux-gnueabihf"]],
    ["darwin/arm64", "scratch", ["aarch64-apple-darwin"]],
    ["plan9/386", "scratch", []],
  ])("%s in image %s is, by order, %j", (name, image, triples) => {
    const [os = "", arch = ""] = name.split("/");
    expect(targetsFor({ os, arch }, image).map(({ triple }) => triple)).toEqual(triples);
  });

  test("uses the linker that cargo's settings name", () => {
    const settings =
      '[build]\nlinker = "no"\n[target."a-b-c"]\n# linker\nrustflags = ["-x"]\nlinker = "clang"\n[target.d]\n';
    expect(linkerOf(settings, "a-b-c")).toBe('"clang"');
    expect(linkerOf(settings, "d")).toBeUndefined();
    expect(linkerOf("", "d")).toBeUndefined();
  });
});
