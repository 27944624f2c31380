import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { errorCode } from "../host/files.ts";
import { Failure, type Problem, userFailure } from "../model/failure.ts";
import type { ServiceName } from "../model/names.ts";
import type { Profile, ProvidedFile, ProvidedSource, SecretSource, Service } from "../model/profile.ts";
import { SHORTEST_SECRET } from "../model/secret-forms.ts";
import { readPrivateFile } from "../profile/secrets.ts";
import type { Machine } from "./machine.ts";
import { type Looked, SecretValues } from "./secret-source.ts";

/** One secret or config of a profile, or its source of secrets: where from, who needs it, and whether it is there. */
export interface SecretCheck {
  readonly kind: ProvidedFile["kind"] | "source";
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

/** What the files hold that a profile's secrets and configs put into containers. Never to be printed. */
export interface ProvidedContents {
  /** SHA-256 of each content, by service and by target; the plan knows no more of them. */
  readonly digests: ReadonlyMap<ServiceName, ReadonlyMap<string, string>>;
  /** The content of one file of a service, named by its target. */
  of(service: ServiceName, target: string): Buffer;
}

/** The same as far as it is there, with what was found of each. */
export interface Provisions extends ProvidedContents {
  readonly checks: readonly SecretCheck[];
  /** The words of a source that failed. */
  readonly output: string | undefined;
}

interface Wanted {
  readonly file: ProvidedFile;
  readonly neededBy: ServiceName[];
}

type Content = { readonly content: Buffer } | Exclude<Looked, { value: string }>;

/**
 * Reads what these services are to be provided with, and runs a command only if one of them needs it. What is missing
 * or refused is noted, so that all of it can be told at once (`provisionFailure`).
 */
export async function gatherProvisions(
  profile: Profile,
  services: readonly Service[],
  machine: Machine,
): Promise<Provisions> {
  const values = new SecretValues(profile, machine);
  const wanted = wantedBy(services);
  const contents = new Map<string, Content>();
  for (const [id, { file }] of wanted) contents.set(id, await contentOf(file, values, machine));
  const { check, output } = await sourceCheck(profile.secretSource, values, [...wanted.values()]);
  const known = (file: ProvidedFile): Buffer | undefined => {
    const found = contents.get(idOf(file));
    return found !== undefined && "content" in found ? found.content : undefined;
  };
  return {
    checks: [...check, ...[...wanted].map(([id, want]) => checkOf(want, contents.get(id), machine))],
    digests: new Map(services.map(({ name, provided }) => [name, digestsOf(provided, known)])),
    output,
    of: (service, target) => {
      const file = services.find(({ name }) => name === service)?.provided.find((one) => one.target === target);
      const content = file && known(file);
      if (content === undefined) throw new Error(`nothing was read for ${target} of ${service}`);
      return content;
    },
  };
}

/**
 * What these services are provided with, for those who are about to make their containers.
 * @throws Failure (exit code 2) with every secret and config that is missing or refused, and who needs it.
 */
export async function readProvided(
  profile: Profile,
  services: readonly Service[],
  machine: Machine,
): Promise<ProvidedContents> {
  const provisions = await gatherProvisions(profile, services, machine);
  const failure = provisionFailure(provisions);
  if (failure === undefined) return provisions;
  const hint = "Nothing was started. `devenv secrets check` lists them all, also those that are there.";
  throw new Failure(failure.class, failure.message, { ...failure, hint });
}

/** Every secret and config that is missing or refused, with who needs it, as one failure (exit code 2), if any is. */
export function provisionFailure({ checks, output }: Provisions): Failure | undefined {
  const problems = checks.flatMap(({ problem }) => problem ?? []);
  if (problems.length === 0) return undefined;
  const what = problems.length === 1 ? "a secret or config cannot" : `${problems.length} secrets or configs cannot`;
  return userFailure(`${what} be had`, { problems, where: problems[0]?.where, output });
}

const idOf = ({ kind, name }: Pick<ProvidedFile, "kind" | "name">): string => `${kind} ${name}`;

function wantedBy(services: readonly Service[]): Map<string, Wanted> {
  const wanted = new Map<string, Wanted>();
  for (const { name, provided } of services) {
    for (const file of provided) {
      const { neededBy } = wanted.get(idOf(file)) ?? { neededBy: [] };
      wanted.set(idOf(file), { file, neededBy: [...new Set([...neededBy, name])] });
    }
  }
  return wanted;
}

function digestsOf(
  provided: readonly ProvidedFile[],
  known: (file: ProvidedFile) => Buffer | undefined,
): ReadonlyMap<string, string> {
  const entries = provided.map((file) => [file.target, known(file)] as const);
  return new Map(
    entries.flatMap(([target, content]) =>
      content === undefined ? [] : [[target, createHash("sha256").update(content).digest("hex")] as const],
    ),
  );
}

async function contentOf({ kind, source }: ProvidedFile, values: SecretValues, machine: Machine): Promise<Content> {
  const found = await read(kind, source, values);
  if ("content" in found && kind === "secret") machine.secrets.add(writingsOf(found.content));
  return found;
}

async function read(kind: ProvidedFile["kind"], source: ProvidedSource, values: SecretValues): Promise<Content> {
  switch (source.kind) {
    case "file":
      return kind === "secret" ? readPrivateFile(source.file, source.file) : readConfig(source.file);
    case "content":
      return { content: Buffer.from(source.content) };
    case "variable":
      return inBytes(await values.variable(source.variable));
    case "key":
      return inBytes(await values.key(source.key));
    default:
      return source satisfies never;
  }
}

const inBytes = (looked: Looked): Content => ("value" in looked ? { content: Buffer.from(looked.value) } : looked);

async function readConfig(file: string): Promise<Content> {
  try {
    return { content: await readFile(file) };
  } catch (error) {
    const isMissing = errorCode(error) === "ENOENT";
    const problem = isMissing
      ? `${file} is not there`
      : `${file} cannot be read (${errorCode(error) ?? String(error)})`;
    return { problem, hint: "write it, or correct its name", isMissing };
  }
}

/** As what a content may be seen: as text, where it is one; else only encoded. */
export function writingsOf(content: Buffer): string[] {
  const text = content.toString("utf8");
  return Buffer.from(text).equals(content) ? [text] : [content.toString("base64"), content.toString("hex")];
}

function checkOf({ file, neededBy }: Wanted, content: Content | undefined, { secrets }: Machine): SecretCheck {
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
function weakness(content: Buffer, secrets: Machine["secrets"]): string | undefined {
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

/** A file is looked at in any case, as the profile's variables come from it; a command only where it was run. */
async function sourceCheck(
  source: SecretSource | undefined,
  values: SecretValues,
  wanted: readonly Wanted[],
): Promise<{ readonly check: readonly SecretCheck[]; readonly output: string | undefined }> {
  if (source === undefined || (source.kind === "command" && !values.wasAsked)) return { check: [], output: undefined };
  const read = await values.source();
  const asking = wanted.filter(({ file }) => file.source.kind === "variable" || file.source.kind === "key");
  const neededBy = [...new Set(asking.flatMap((want) => want.neededBy))];
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
