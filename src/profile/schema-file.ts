import { dirname } from "node:path";
import { ensureFolder, writeJson } from "../host/files.ts";
import { profileSchema } from "./json-schema.ts";

/** Writes the JSON Schema of profiles as a file that everybody may read, and the folders above it. */
export async function writeSchema(file: string): Promise<void> {
  await ensureFolder(dirname(file), 0o755);
  await writeJson(file, await profileSchema(), 0o644);
}
