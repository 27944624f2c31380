import { describe, expect, test } from "vitest";
import { possiblePlatforms } from "../../../src/artifact/possible-platforms.ts";
import { systemProcesses } from "../../../src/host/process.ts";
import type { Builder } from "../../../src/model/builder.ts";
import { goBuilder } from "../plan/samples.ts";
import { builtService } from "./service.ts";
import { withoutPrograms } from "./workshop.ts";

const possible = (builder: Builder, processes = systemProcesses) =>
  possiblePlatforms(builtService("/nowhere/books", builder), builder, { processes, environment: {} });

const CARGO = { kind: "cargo", binaries: ["a"], profile: "dev", features: [], target: undefined, env: {} } as const;

describe("the platforms that a service can be built for", () => {
  test("are those of the Go that is installed, and with cgo those that have it", async () => {
    const [plain, cgo] = [await possible(goBuilder(".")), await possible({ ...goBuilder("."), cgo: true })];
    expect(plain).toEqual(expect.arrayContaining(["linux/arm64", "darwin/arm64", "windows/amd64", "plan9/386"]));
    expect(cgo).toContain("linux/arm64");
    expect(cgo).not.toContain("plan9/386");
  });

  test("are for Rust those that a target is known of, or the one that is named", async () => {
    expect(await possible(CARGO)).toEqual(expect.arrayContaining(["linux/arm64", "darwin/arm64", "windows/amd64"]));
    expect(await possible({ ...CARGO, target: "aarch64-unknown-linux-musl" })).toEqual(["linux/arm64"]);
  });

  test("are for a command, which is only told them, all that any compiler has", async () => {
    const ofCommand = await possible({ kind: "command", command: "make", env: {} }, withoutPrograms);
    expect(ofCommand).toEqual(expect.arrayContaining(["linux/amd64", "js/wasm", "windows/arm64"]));
  });

  test("cannot be told without Go", async () => {
    await expect(possible(goBuilder("."), withoutPrograms)).rejects.toMatchObject({
      class: "environment",
      message: "books: it is built with Go, which is not installed",
    });
  });
});
