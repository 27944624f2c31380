import type { Problem } from "../model/failure.ts";
import type { ServiceName } from "../model/names.ts";
import type { Profile, Service } from "../model/profile.ts";
import type { ProvidedFile, ProvidedSource } from "../model/provided.ts";
import type { Redactor } from "../model/secret.ts";
import { SHORTEST_SECRET } from "../model/secret-forms.ts";
import type { Looked, SecretValues } from "./secret-source.ts";

/**
 * One secret or config of a profile, a variable in its text that is the secrets file's business, or its source of
 * secrets: where from, who needs it, and whether it is there.
 */
export interface SecretCheck {
  readonly kind: ProvidedFile["kind"] | "variable" | "source";
  /** Its key in the profile; for the source, what it is. */
  readonly name: string;
  /** In words: `file /home/…`, `variable API_KEY`, `key API_KEY`. */
  readonly from: string;
  readonly neededBy: readonly ServiceName[];
  readonly state: "ok" | "missing" | "refused";
  /** Absent where the source, which has a line of its own, is what is wrong. */
  readonly problem?: Problem | undefined;
  /** It is good, but for this. */
  readonly warning?: string | undefined;
}

/** A secret or config, and the services that name it. */
export interface Wanted {
  readonly file: ProvidedFile;
  readonly neededBy: ServiceName[];
}

/** What was found of one. */
export type Content = { readonly content: Buffer } | Exclude<Looked, { value: string }>;

/** As what a content may be seen: as text, where it is one; else only encoded. */
export function writingsOf(content: Buffer): string[] {
  const text = content.toString("utf8");
  return Buffer.from(text).equals(content) ? [text] : [content.toString("base64"), content.toString("hex")];
}

export function checkOf({ file, neededBy }: Wanted, content: Content | undefined, secrets: Redactor): SecretCheck {
  const { kind, name, source } = file;
  const check = { kind, name, from: origin(source), neededBy };
  if (content === undefined) throw new Error(`${kind} ${name} was not read`);
  if ("content" in content) {
    const warning = kind === "secret" ? weakness(content.content, secrets) : undefined;
    return { ...check, state: "ok", ...(warning !== undefined && { warning }) };
  }
  const state = content.isMissing || content.isTold ? "missing" : "refused";
  if (content.isTold) return { ...check, state };
  const message = `${kind} ${name}, which ${need(neededBy)}: ${content.problem}`;
  return { ...check, state, problem: { message, hint: content.hint, ...(source.where && { where: source.where }) } };
}

/** Why a secret is none worth the name. */
function weakness(content: Buffer, secrets: Redactor): string | undefined {
  const [value = ""] = writingsOf(content);
  if (value.trim() === "") return "is empty";
  if (value.trim().length < SHORTEST_SECRET)
    return `is shorter than ${SHORTEST_SECRET} characters: not redacted in logs`;
  return secrets.text(value) === value ? "is a service's name: not redacted in logs" : undefined;
}

const need = (services: readonly ServiceName[]): string =>
  services.length === 1 ? `${services[0]} needs` : `${services.slice(0, -1).join(", ")} and ${services.at(-1)} need`;

function origin(source: ProvidedSource): string {
  switch (source.kind) {
    case "file":
      return `file ${source.file}`;
    case "variable":
      return `variable ${source.variable}`;
    case "key":
      return `key ${source.key}`;
    case "content":
      return "the profile";
    default:
      return source satisfies never;
  }
}

/**
 * The variables that services take from the secrets file. One that nothing gives is empty, as in Compose, which only
 * warns of it; who keeps a file for such values does not mean to start without one.
 */
export function variableChecks(profile: Profile, services: readonly Service[], isSourceGood: boolean): SecretCheck[] {
  const { secretSource: source, secretVariables = [] } = profile;
  if (source?.kind !== "file") return [];
  return secretVariables.flatMap(({ variable, services: users, isSet, where }) => {
    const neededBy = users.filter((user) => services.some(({ name }) => name === user));
    if (neededBy.length === 0) return [];
    const check = { kind: "variable", name: variable, from: `key ${variable}`, neededBy } as const;
    if (isSet) return { ...check, state: "ok" };
    if (!isSourceGood) return { ...check, state: "missing" };
    const message = `variable ${variable}, which ${need(neededBy)}: neither the environment nor ${source.file} gives it`;
    const hint = `add a line ${variable}=… to ${source.file}, or write \${${variable}:-} where nothing is meant`;
    return { ...check, state: "missing", problem: { message, hint, ...(where && { where }) } };
  });
}

/** A file is looked at in any case, as the profile's variables come from it; a command only where it was run. */
export async function sourceCheck(
  { secretSource: source, secretVariables = [] }: Profile,
  values: SecretValues,
  wanted: readonly Wanted[],
): Promise<{ readonly check: readonly SecretCheck[]; readonly output: string | undefined }> {
  if (source === undefined || (source.kind === "command" && !values.wasAsked)) return { check: [], output: undefined };
  const read = await values.source();
  const asking = wanted.filter(({ file }) => file.source.kind === "variable" || file.source.kind === "key");
  const variables = source.kind === "file" ? secretVariables.flatMap((variable) => variable.services) : [];
  const neededBy = [...new Set([...asking.flatMap((want) => want.neededBy), ...variables])];
  const from = source.kind === "file" ? `file ${source.file}` : "x-devenv.secrets.command";
  const check = {
    kind: "source",
    name: source.kind === "file" ? "(secrets file)" : "(command)",
    from,
    neededBy,
  } as const;
  if (read === undefined || "values" in read) return { check: [{ ...check, state: "ok" }], output: undefined };
  const problem = { message: read.problem, hint: read.hint, ...(source.where && { where: source.where }) };
  return { check: [{ ...check, state: read.isMissing ? "missing" : "refused", problem }], output: read.output };
}
