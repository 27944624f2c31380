import { readFile, truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { identify, readExecutable } from "../../../src/artifact/elf.ts";
import { obstacleTo } from "../../../src/artifact/runnable.ts";
import { elfOf } from "./elves.ts";
import { HERE, temporaryFolder } from "./folders.ts";

const AMD64 = { os: "linux", arch: "amd64" };

describe("what a file is", () => {
  test.each([
    ["amd64", { machine: 0x3e }],
    ["arm64", { machine: 0xb7 }],
    ["386", { machine: 0x03, wide: false }],
    ["arm", { machine: 0x28, wide: false }],
    ["riscv64", { machine: 0xf3 }],
    ["ppc64le", { machine: 0x15 }],
    ["ppc64", { machine: 0x15, little: false }],
    ["mips", { machine: 0x08, wide: false, little: false }],
    ["s390x", { machine: 0x16, little: false }],
    ["machine 999", { machine: 999 }],
  ])("a program for %s, static or not", (arch, shape) => {
    expect(identify(elfOf(shape))).toEqual({ kind: "elf", platform: { os: "linux", arch }, interpreter: undefined });
    expect(identify(elfOf({ ...shape, interpreter: "/lib/ld.so" }))).toMatchObject({ interpreter: "/lib/ld.so" });
  });

  test("a program for FreeBSD is not one for Linux", () => {
    expect(identify(elfOf({ machine: 0x3e, system: 9 }))).toMatchObject({ platform: { os: "freebsd", arch: "amd64" } });
  });

  test("the node that runs this test is for this machine, and dynamically linked", async () => {
    const program = await readExecutable(process.execPath);
    expect(program).toMatchObject({ kind: "elf", platform: HERE, interpreter: expect.stringContaining("ld-linux") });
  });

  test("a program that is cut off is known by its own headers", async () => {
    const whole = await readFile(process.execPath);
    const path = join(await temporaryFolder(), "node");
    await writeFile(path, whole);
    expect(await readExecutable(path)).not.toHaveProperty("isCutOff");
    await truncate(path, whole.length / 2);
    const program = await readExecutable(path);
    expect(program).toMatchObject({ kind: "elf", platform: HERE, isCutOff: true });
    expect(obstacleTo(program, "debian", HERE)?.what).toContain("cut off");
  });

  test.each([
    ["script", Buffer.from("#! /bin/sh -e\necho\n"), { kind: "script", interpreter: "/bin/sh" }],
    ["macOS program", Buffer.from("cffaedfe07000001", "hex"), { kind: "mach-o" }],
    ["Windows program", Buffer.alloc(64, "MZ"), { kind: "pe" }],
    ["text", Buffer.from("hello"), { kind: "other" }],
    ["nothing", Buffer.alloc(0), { kind: "other" }],
    ["header that is cut off", elfOf({ machine: 0x3e }).subarray(0, 40), { kind: "other" }],
  ])("a %s", async (_, content, expected) => {
    const path = join(await temporaryFolder(), "file");
    await writeFile(path, content);
    expect(await readExecutable(path)).toEqual(expected);
  });

  test("a header that points outside the file is no crash", () => {
    const head = elfOf({ machine: 0x3e, interpreter: "/lib/ld.so" });
    head.writeBigUInt64LE(2n ** 60n, 32);
    expect(identify(head)).toMatchObject({ kind: "elf", interpreter: undefined });
  });
});

describe("what cannot run", () => {
  const say = (head: Buffer, image: string) => obstacleTo(identify(head), image, AMD64)?.what;
  const staticAmd64 = elfOf({ machine: 0x3e });
  const dynamicAmd64 = elfOf({ machine: 0x3e, interpreter: "/lib64/ld-linux-x86-64.so.2" });

  test("a static program of the right architecture can, anywhere", () => {
    expect(say(staticAmd64, "scratch")).toBeUndefined();
    expect(say(staticAmd64, "debian:bookworm-slim")).toBeUndefined();
  });

  test("a dynamic program cannot in the empty image, and can in another", () => {
    expect(say(dynamicAmd64, "scratch")).toBe(
      "its program is dynamically linked: it needs /lib64/ld-linux-x86-64.so.2, which image scratch does not have",
    );
    expect(say(dynamicAmd64, "debian:bookworm-slim")).toBeUndefined();
  });

  test("a program of another architecture or system cannot", () => {
    expect(say(elfOf({ machine: 0xb7 }), "debian")).toBe(
      "its program is built for linux/arm64, and is to run on linux/amd64",
    );
    expect(say(Buffer.from("cffaedfe", "hex"), "debian")).toContain("built for macOS");
    expect(say(Buffer.alloc(64, "MZ"), "debian")).toContain("built for Windows");
  });

  test("a script or a text cannot in the empty image", () => {
    expect(say(Buffer.from("#!/bin/sh\n"), "scratch")).toContain("a script for /bin/sh");
    expect(say(Buffer.from("#!/bin/sh\n"), "debian")).toBeUndefined();
    expect(say(Buffer.from("text"), "scratch")).toBe("its artifact is not a program");
  });
});
