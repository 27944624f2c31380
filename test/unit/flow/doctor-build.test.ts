import { chmod } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { buildChecks } from "../../../src/flow/doctor/build-checks.ts";
import type { Findings } from "../../../src/flow/doctor/findings.ts";
import type { Builder } from "../../../src/model/builder.ts";
import type { Service } from "../../../src/model/profile.ts";
import { fill, temporaryFolder } from "../artifact/folders.ts";
import { goBuilder, service } from "../plan/samples.ts";

const BUILDERS: Readonly<Record<string, Builder>> = {
  go: goBuilder("."),
  cgo: { ...goBuilder("."), cgo: true },
  rust: { kind: "cargo", binaries: ["rust"], profile: "dev", features: [], target: undefined, env: {} },
  web: { kind: "node", script: "build", output: "dist", env: {} },
  other: { kind: "command", command: "make", env: {} },
};

/** What is found of services of these kinds, in repositories of their names, on a machine with just these programs. */
async function checked(programs: readonly string[], names: readonly string[], more: Partial<Service> = {}) {
  const root = await temporaryFolder();
  await fill(root, {
    "web/pnpm-lock.yaml": "",
    "web/.git/HEAD": "",
    "rust/a": "",
    "cgo/a": "",
    "go/a": "",
    "other/a": "",
  });
  for (const program of programs) {
    await fill(root, { [`bin/${program}`]: "" });
    await chmod(join(root, "bin", program), 0o755);
  }
  const services = names.map((name) => service(name, { repo: join(root, name), build: BUILDERS[name], ...more }));
  const machine = { environment: { PATH: join(root, "bin") } };
  const checks = await buildChecks({ profile: { services }, machine } as unknown as Findings);
  return checks.map(({ state, what, why }) => [state, what, why].join(": "));
}

describe("the programs that services are built with", () => {
  test("are named where they are all there", async () => {
    const programs = ["go", "cc", "cargo", "pnpm"];
    expect(await checked(programs, ["go", "cgo", "rust", "web"])).toEqual([
      "ok: go, cc, cargo, pnpm: services are built: ",
    ]);
  });

  test("are told, each with the services that want it, where they are missing", async () => {
    expect(await checked(["go"], ["go", "cgo", "rust", "web", "other"])).toEqual([
      "warn: cc is not installed: a save of cgo and rust is built with it",
      "warn: cargo is not installed: a save of rust is built with it",
      "warn: pnpm is not installed: a save of web is built with it",
    ]);
  });

  test("stop an up of a service that is to be built here", async () => {
    const local = { mode: { kind: "local" } } as const;
    expect(await checked([], ["go"], local)).toEqual(["bad: go is not installed: a save of go is built with it"]);
  });

  test("are of no matter for a service that is off, is not cloned, or is built by a command", async () => {
    expect(await checked([], ["go"], { mode: { kind: "off" } })).toEqual([]);
    expect(await checked([], ["go"], { repo: "/nowhere" })).toEqual([]);
    expect(await checked([], ["other"])).toEqual([]);
  });
});
