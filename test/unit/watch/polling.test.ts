import { mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { beforeEach, expect, test, vi } from "vitest";
import { observe, temporaryFolder } from "./watching.ts";

/** chokidar reads it: for file systems that have no inotify (9p, NFS). */
beforeEach(() => {
  vi.stubEnv("CHOKIDAR_USEPOLLING", "1");
  vi.stubEnv("CHOKIDAR_INTERVAL", "20");
  return () => vi.unstubAllEnvs();
});

test("with polling, writes, new files, removals and returns are told, too", async () => {
  const folder = await temporaryFolder();
  const file = join(folder, "main.go");
  await writeFile(file, "package main\n");
  const { told, forget } = await observe({ trees: [folder] });
  await writeFile(file, "package main // edited\n");
  await told(file);
  await mkdir(join(folder, "below"));
  await writeFile(join(folder, "below", "a.go"), "");
  await told(join(folder, "below", "a.go"));
  forget();
  await rm(file);
  await told(file);
  forget();
  await writeFile(file, "package main // back\n");
  await expect(told(file)).resolves.toBeUndefined();
});
