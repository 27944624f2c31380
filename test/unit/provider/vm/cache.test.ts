import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  realpathSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { afterEach, beforeEach, expect, it } from "vitest";
import { withLock } from "../../../../src/host/lock.ts";
import { type Finished, systemProcesses } from "../../../../src/host/process.ts";
import { cacheFolder, cacheLock, noteUse, tidyCache } from "../../../../src/provider/vm/cache.ts";
import { machineFiles } from "../../../../src/provider/vm/layout.ts";
import { surroundingsIn } from "../surroundings.ts";

const [OLD, FRESH, OTHER] = ["a", "b", "c"].map((letter) => letter.repeat(64)) as [string, string, string];
const DAY_S = 24 * 3600;

let folder: string;
beforeEach(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), "dvc-")));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const here = () => surroundingsIn(folder, { XDG_RUNTIME_DIR: folder });

/** One of the cache's folders, with something in it, that was needed so many days ago. */
async function kept(kind: "images" | "templates", name: string, days: number): Promise<string> {
  const path = join(await cacheFolder(kind, here()), name);
  mkdirSync(path);
  writeFileSync(join(path, "disk"), "");
  const then = Date.now() / 1000 - days * DAY_S;
  utimesSync(path, then, then);
  return path;
}

it("gives up what no start has needed for a month, and nothing else", async () => {
  await kept("images", OLD, 31);
  await kept("images", FRESH, 29);
  await kept("templates", OLD, 31);
  await kept("templates", "what a person put there", 400);
  await tidyCache(here());
  const root = await cacheFolder("images", here());
  expect(readdirSync(root).filter((name) => name !== ".locks")).toEqual([FRESH]);
  const templates = readdirSync(await cacheFolder("templates", here()));
  expect(templates.filter((name) => name !== ".locks")).toEqual(["what a person put there"]);
});

it("keeps what a start needed a moment ago, however old it is", async () => {
  const path = await kept("templates", OLD, 400);
  await noteUse(path, here());
  await tidyCache(here());
  expect(existsSync(path)).toBe(true);
});

it("takes what a killed devenv left half made, and ends the QEMU that it ran", async () => {
  await kept("images", `${OTHER}.incoming-Xy12Zz`, 0);
  const building = await kept("templates", `${OTHER}.new`, 0);
  const qemu = join(folder, "qemu-system-x86_64");
  symlinkSync("/bin/sh", qemu);
  const words = ["-c", "echo runs; read -r end", "-pidfile", machineFiles(building, here()).pid];
  const input = new Readable({ read() {} });
  let ended: Promise<Finished> | undefined;
  await new Promise<void>((runs) => {
    ended = systemProcesses.run(qemu, words, { input, onLine: () => runs() });
  });
  await tidyCache(here());
  expect(await ended).toMatchObject({ signal: "SIGKILL" });
  expect(existsSync(building)).toBe(false);
  expect(readdirSync(await cacheFolder("images", here()))).toEqual([".locks"]);
});

it("leaves alone what somebody is making at this moment", async () => {
  const building = await kept("templates", `${OTHER}.new`, 0);
  const lock = cacheLock(await cacheFolder("templates", here()), OTHER);
  await withLock(lock, { wait: false }, () => tidyCache(here()));
  expect(existsSync(building)).toBe(true);
});
