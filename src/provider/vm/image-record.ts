import { stat } from "node:fs/promises";
import { join } from "node:path";
import { readJson } from "../../host/files.ts";
import type { GuestArchitecture } from "./architecture.ts";
import type { VmImage } from "./image-source.ts";

/** `image.json`: what is beside it. Written last, into a folder that gets its name when all of it is on the disk. */
export interface ImageRecord {
  readonly format: "raw" | "qcow2";
  /** Of each file, in bytes: `disk`, and `kernel` and `initrd` where it is booted by them. */
  readonly sizes: Readonly<Record<string, number>>;
}

export const RECORD = "image.json";

/** The image in a folder; undefined where there is none, or a file of it is gone or was cut. */
export async function readImage(
  folder: string,
  digest: string,
  guest: GuestArchitecture,
): Promise<VmImage | undefined> {
  const record = await readJson(join(folder, RECORD)).catch(() => undefined);
  if (!isRecord(record)) return undefined;
  for (const [name, size] of Object.entries(record.sizes)) {
    const facts = await stat(join(folder, name)).catch(() => undefined);
    if (facts?.size !== size) return undefined;
  }
  const boot =
    "kernel" in record.sizes ? { kernel: join(folder, "kernel"), initrd: join(folder, "initrd") } : undefined;
  return { digest, guest, disk: join(folder, "disk"), format: record.format, boot };
}

function isRecord(value: unknown): value is ImageRecord {
  if (typeof value !== "object" || value === null) return false;
  const { format, sizes } = value as Partial<Record<keyof ImageRecord, unknown>>;
  return (format === "raw" || format === "qcow2") && typeof sizes === "object" && sizes !== null && "disk" in sizes;
}
