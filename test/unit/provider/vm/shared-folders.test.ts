import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { clusterName } from "../../../../src/model/names.ts";
import { foldersToShare, isOfDaemon, isShareable } from "../../../../src/provider/vm/shared-folders.ts";
import { service } from "../../plan/samples.ts";
import { surroundingsIn } from "../surroundings.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "devenv-shared-"));
  for (const each of ["shop/page", "elsewhere/data", "elsewhere/data/inner"]) {
    mkdirSync(join(folder, each), { recursive: true });
  }
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** What a machine shares for services that mount these paths, as paths below the test's folder. */
function shared(...sources: string[]): string[] {
  const volumes = sources.map((source) => {
    const path = source.startsWith("/") ? source : join(folder, source);
    return { kind: "bind", source: path, target: "/there", readOnly: false } as const;
  });
  const sharing = { name: clusterName("shop"), workspace: join(folder, "shop"), services: [service("a", { volumes })] };
  return foldersToShare(sharing, surroundingsIn(folder)).map((path) => path.replace(`${folder}/`, ""));
}

const OWN = ["shop", "state/clusters/shop"];

test("a machine shares the workspace and the folder of the cluster's mount", () => {
  expect(shared()).toEqual(OWN);
  expect(shared("shop/page")).toEqual(OWN);
});

test("what services mount from elsewhere is shared, too, each place once", () => {
  expect(shared("elsewhere/data/inner", "elsewhere/data")).toEqual(["elsewhere/data", ...OWN]);
});

test("of a file that is mounted, the folder that it lies in is shared", () => {
  writeFileSync(join(folder, "elsewhere/one.conf"), "");
  expect(shared("elsewhere/one.conf")).toEqual(["elsewhere", ...OWN]);
});

test("where a link of the workspace leads out of it, that place is shared, too", () => {
  symlinkSync(join(folder, "elsewhere/data"), join(folder, "shop/link"));
  expect(shared("shop/link")).toEqual(["elsewhere/data", ...OWN]);
});

test("what is not there, what is the daemon's, and what the guest has of its own is not shared", () => {
  expect(shared("nowhere", "/var/run/docker.sock", "/dev/null", "/etc", "/usr/bin", "/")).toEqual(OWN);
});

test.each(["/var/run/docker.sock", "/run", "/sys/fs/cgroup", "/var/lib/docker/volumes"])(
  "%s is the daemon's",
  (path) => {
    expect(isOfDaemon(path)).toBe(true);
  },
);

test.each(["/", "/etc", "/usr", "/usr/bin/env", "/root", "/var", "/tmp", "/dev/shm"])(
  "a guest cannot have %s of this machine",
  (path) => expect(isShareable(path)).toBe(false),
);

test.each(["/home", "/home/ada/shop", "/root/shop", "/tmp/shop", "/srv", "/runner/shop", "/etcetera", "/var/www"])(
  "a guest can have %s of this machine",
  (path) => expect(isShareable(path)).toBe(true),
);
