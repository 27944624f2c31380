import { existsSync } from "node:fs";
import { realpath } from "node:fs/promises";
import { join, relative } from "node:path";
import { describe, expect, test } from "vitest";
import { cargoInputs } from "../../../src/artifact/cargo-inputs.ts";
import { systemProcesses } from "../../../src/host/process.ts";
import type { CargoBuilder } from "../../../src/model/builder.ts";
import { fill, temporaryFolder } from "./folders.ts";

const BUILDER: CargoBuilder = {
  ...{ kind: "cargo", binaries: ["books"], profile: "dev", features: [], target: undefined, env: {} },
};

const LOCK = `version = 4

[[package]]
name = "books"
version = "0.1.0"
dependencies = ["kit"]

[[package]]
name = "kit"
version = "0.1.0"
`;

const WORKSPACE = {
  "books/Cargo.toml": '[package]\nname = "books"\nversion = "0.1.0"\n\n[dependencies]\nkit = { path = "../kit" }\n',
  "books/src/main.rs": "fn main() { kit::line() }\n",
  "kit/Cargo.toml": '[package]\nname = "kit"\nversion = "0.1.0"\n',
  "kit/src/lib.rs": "pub fn line() {}\n",
};

async function inputsOf(files: Record<string, string>) {
  const root = await realpath(await temporaryFolder());
  await fill(root, files);
  const options = { processes: systemProcesses, environment: process.env };
  const { trees, files: single, beside, isWhole } = await cargoInputs(join(root, "books"), BUILDER, options);
  const short = (paths: readonly string[]) => paths.map((path) => relative(root, path));
  return { root, trees: short(trees), files: short(single), beside: short(beside), isWhole };
}

describe("what a Rust binary is made of", { timeout: 60_000 }, () => {
  test("the folders of its packages in folders, the lock, and the settings above", async () => {
    const { trees, files, beside, isWhole } = await inputsOf({ ...WORKSPACE, "books/Cargo.lock": LOCK });
    expect({ trees, files, isWhole }).toEqual({
      trees: ["books", "kit"],
      files: ["books/Cargo.lock", "books/Cargo.toml"],
      isWhole: true,
    });
    expect(beside).toEqual(expect.arrayContaining(["books/rust-toolchain.toml", ".cargo/config.toml"]));
  });

  test("without a lock, the paths that it names itself; and none is written", async () => {
    const { root, trees, isWhole } = await inputsOf(WORKSPACE);
    expect(trees).toEqual(["books", "kit"]);
    expect(isWhole).toBe(false);
    expect(existsSync(join(root, "books/Cargo.lock"))).toBe(false);
  });

  test("not of a Cargo.toml that cannot be read: that is told", async () => {
    await expect(inputsOf({ ...WORKSPACE, "books/Cargo.toml": "[package\n" })).rejects.toMatchObject({
      message: expect.stringContaining("cargo metadata failed"),
    });
  });
});
