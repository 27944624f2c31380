import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import type { ArtifactDigest } from "../../model/names.ts";
import { listing, POINTERS, target } from "../uses.ts";
import type { Intended } from "./orders.ts";

/** What a local mount has: its volume is to have the same. What a pointer leads to and is gone here cannot be sent. */
export async function intendedBy(folder: string): Promise<Intended> {
  const pointers = new Map<string, ArtifactDigest>();
  for (const kind of POINTERS) {
    for (const service of listing(join(folder, kind))) {
      const digest = existsSync(join(folder, kind, service)) ? target(join(folder, kind, service)) : undefined;
      if (digest !== undefined) pointers.set(`${kind}/${service}`, digest);
    }
  }
  const init = new Map<string, string>();
  for (const entry of await readdir(join(folder, "init"), { withFileTypes: true })) {
    if (!entry.isFile() || entry.name.startsWith(".")) continue;
    const content = await readFile(join(folder, "init", entry.name));
    init.set(entry.name, createHash("sha256").update(content).digest("hex"));
  }
  return { pointers, init, tools: listing(join(folder, "init", "bin")) };
}
