import { readFile } from "node:fs/promises";
import type { Profile } from "../model/profile.ts";
import { writingsOf } from "./secret-checks.ts";

/**
 * The secrets of a profile that are there for the reading: of files and of the environment. For the redaction only, in
 * every command: a compiler or a hook may print what stands in them. So no file is refused here, and what is not there
 * is not missed; a command for secrets is not run (container-secrets.ts learns what it gave).
 */
export async function secretsAtHand(
  { services }: Profile,
  environment: Readonly<Record<string, string | undefined>>,
): Promise<string[]> {
  const secrets = services.flatMap(({ provided }) => provided.filter(({ kind }) => kind === "secret"));
  const files = new Set(secrets.flatMap(({ source }) => (source.kind === "file" ? source.file : [])));
  const variables = new Set(secrets.flatMap(({ source }) => (source.kind === "variable" ? source.variable : [])));
  const contents = [...files].map((file) => readFile(file).then(writingsOf, () => []));
  return [...(await Promise.all(contents)).flat(), ...[...variables].flatMap((name) => environment[name] ?? [])];
}
