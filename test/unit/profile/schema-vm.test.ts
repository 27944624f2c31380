import { expect, test } from "vitest";
import { DEFAULT_VM } from "../../../src/model/vm.ts";
import { canonicalProfile } from "../../../src/profile/canonical.ts";
import { load, problemsOf } from "./loading.ts";

const profile = (vm: string) => load(`x-devenv:\n  provider: vm\n  vm: ${vm}\nservices: { web: { image: nginx } }\n`);
const SHA256 = "0123456789ABCDEF".repeat(4);

test("a machine has the sizes that the profile says, as Compose writes them", async () => {
  const loaded = await profile("{ cpus: 4, memory: 1.5g, disk: 20GiB }");
  expect(loaded.vm).toEqual({ cpus: 4, memoryMiB: 1536, diskGiB: 20, image: { from: "packages" } });
  const printed = { cpus: 4, memory: "1536MiB", disk: "20GiB" };
  expect(canonicalProfile(loaded)).toMatchObject({ "x-devenv": { provider: "vm", vm: printed } });
});

test("what is not said of a machine is as the defaults are", async () => {
  expect((await profile("{}")).vm).toEqual(DEFAULT_VM);
  expect((await load("x-devenv: { provider: vm }\nservices: { web: { image: nginx } }")).vm).toBeUndefined();
});

test.each(["https://images.example.org/d.qcow2", "http://127.0.0.1:8000/d.raw", "file:///srv/images/d.qcow2"])(
  "a disk of one's own is an address with a SHA-256: %s",
  async (url) => {
    const { vm } = await profile(`{ image: { url: "${url}", sha256: ${SHA256} } }`);
    expect(vm).toMatchObject({ image: { from: "url", url, sha256: SHA256.toLowerCase() } });
  },
);

test.each([
  ["{ memory: 4 }", "the least memory of a machine is 512MiB (write 4GiB, 2g or 1536m)"],
  ["{ memory: lots }", "lots is not a size (write 512m, 1.5g or a number of bytes)"],
  ["{ disk: 1GiB }", "the smallest disk of a machine is 4GiB (write 40GiB or 20g)"],
  ["{ cpus: 0 }", "0 is not between 1 and 255"],
  ["{ image: { url: d.qcow2 } }", "must be the address of a disk"],
  ["{ ram: 4GiB }", "unknown key ram under x-devenv.vm (supported: cpus, memory, disk, image)"],
])("%s is refused at its place", async (vm, words) => {
  const problems = await problemsOf(profile(vm));
  expect(problems.join("\n")).toContain(words);
  expect(problems[0]).toMatch(/^3:\d+ /);
});
