import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { type Processes, systemProcesses } from "../../../../src/host/process.ts";
import { swiftCiphers } from "../../../../src/provider/ssh/ciphers.ts";
import { connectArguments } from "../../../../src/provider/ssh/command.ts";
import { systemSurroundings } from "../../../../src/provider/surroundings.ts";

const address = { destination: "me@build-box" };

/** The real ssh on a Mac, where no /proc is asked, with a person's configuration; a later -F takes its place. */
async function configured(text: string) {
  const folder = await mkdtemp(join(tmpdir(), "devenv-ciphers-"));
  onTestFinished(() => rm(folder, { recursive: true }));
  const file = join(folder, "config");
  await writeFile(file, text);
  const run: Processes["run"] = (program, args, options) =>
    systemProcesses.run(program, ["-F", file, ...args], options);
  const { machine } = systemSurroundings(process.env);
  return { processes: { ...systemProcesses, run }, machine: { ...machine, platform: "darwin" as const } };
}

/** What ssh offers with the arguments of a connection. */
async function offered(ciphers: string | undefined): Promise<string[]> {
  const args = ["-F", "none", "-G", ...connectArguments(address, "/c", ciphers)];
  const { stdout } = await systemProcesses.run("ssh", args);
  return /^ciphers (.+)$/m.exec(stdout)?.[1]?.split(",") ?? [];
}

test("where the person chooses no ciphers, all of ssh's own are offered, AES-GCM before the others", async () => {
  const swift = await offered(await swiftCiphers(address, await configured("Host *\n  User someone\n")));
  const own = await offered(undefined);
  expect([...swift].sort()).toEqual([...own].sort());
  expect(swift[0]).toBe("aes128-gcm@openssh.com");
});

test("ciphers that the person chooses are theirs", async () => {
  const theirs = await configured("Host build-box\n  Ciphers aes256-ctr,aes256-gcm@openssh.com\n");
  expect(await swiftCiphers(address, theirs)).toBeUndefined();
});

test("a machine of ours has those that its configuration names, and nobody is asked", async () => {
  const machine = { of: "vm", cluster: "shop", config: "/nowhere", docker: "/run/docker.sock" } as const;
  const { machine: here } = await configured("");
  const run = () => Promise.reject(new Error("asked"));
  const processes = { ...systemProcesses, run };
  expect(await swiftCiphers({ ...address, machine }, { processes, machine: here })).toBeUndefined();
});
