import { dirname, posix } from "node:path";
import type { ProvidedFile, ProvidedSource } from "../model/provided.ts";
import type { ServiceData } from "./compose-schema.ts";
import { inFolder } from "./place.ts";
import type { Surroundings } from "./resolve-surroundings.ts";
import type { FileData, FileUse } from "./schema-files.ts";

type Around = Pick<Surroundings, "data" | "file" | "home" | "problems">;

/** The secrets and configs of a service as files of its containers; those that are not declared were told before. */
export function providedFiles({ secrets = [], configs = [] }: ServiceData, around: Around): ProvidedFile[] {
  return [
    ...secrets.flatMap((use) => provided("secret", use, around) ?? []),
    ...configs.flatMap((use) => provided("config", use, around) ?? []),
  ];
}

/** Where Compose puts them. */
const FOLDER = { secret: "/run/secrets", config: "/" } as const;
const MODE = 0o444;

function provided(kind: "secret" | "config", use: FileUse, around: Around): ProvidedFile | undefined {
  const { source: name, target = name, uid = 0, gid = 0, mode = MODE } = use;
  const section = kind === "secret" ? "secrets" : "configs";
  const declared = around.data[section]?.[name];
  const source = declared && sourceOf(name, declared, around);
  if (source === undefined) return undefined;
  const where = around.problems.positionOf([section, name]);
  return { kind, name, target: posix.resolve(FOLDER[kind], target), uid, gid, mode, source: { ...source, where } };
}

function sourceOf(name: string, declared: FileData, { file: profile, home }: Around): ProvidedSource | undefined {
  const { file, environment: variable, content, external } = declared;
  if (external?.isExternal) return { kind: "key", key: declared.name ?? external.name ?? name };
  if (file !== undefined) return { kind: "file", file: inFolder(dirname(profile), file, home) };
  if (variable !== undefined) return { kind: "variable", variable };
  return content === undefined ? undefined : { kind: "content", content };
}
