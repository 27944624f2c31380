import { onTestFinished } from "vitest";
import { systemProcesses } from "../../../src/host/process.ts";
import { temporaryFolder } from "./folders.ts";

/** A file system of its own, as large as that; undefined where this person may not mount one. */
export async function smallDisk(bytes: number) {
  const folder = await temporaryFolder();
  const mount = (...options: string[]) => systemProcesses.run("mount", [...options, folder]);
  const { code } = await mount("-t", "tmpfs", "-o", `size=${bytes},mode=755`, "tmpfs");
  if (code !== 0) return undefined;
  onTestFinished(async () => {
    await systemProcesses.run("umount", [folder]);
  });
  return {
    folder,
    makeReadOnly: async () => {
      const { code: failed, output } = await mount("-o", "remount,ro");
      if (failed !== 0) throw new Error(output);
    },
  };
}
