import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { errorCode } from "../host/files.ts";
import { Failure, userFailure } from "../model/failure.ts";
import type { ServiceName } from "../model/names.ts";
import type { Profile, Service } from "../model/profile.ts";
import type { ProvidedFile, ProvidedSource } from "../model/provided.ts";
import { readPrivateFile } from "../profile/secrets.ts";
import type { Machine } from "./machine.ts";
import {
  type Content,
  checkOf,
  type SecretCheck,
  sourceCheck,
  variableChecks,
  type Wanted,
  writingsOf,
} from "./secret-checks.ts";
import { type Looked, SecretValues } from "./secret-source.ts";

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
  const { check, output } = await sourceCheck(profile, values, [...wanted.values()]);
  const known = (file: ProvidedFile): Buffer | undefined => {
    const found = contents.get(idOf(file));
    return found !== undefined && "content" in found ? found.content : undefined;
  };
  return {
    checks: [
      ...check,
      ...variableChecks(profile, services, check[0]?.state === "ok"),
      ...[...wanted].map(([id, want]) => checkOf(want, contents.get(id), machine.secrets)),
    ],
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
  const one = problems.length === 1;
  const what = one ? "a secret or config is" : `${problems.length} secrets or configs are`;
  return userFailure(`${what} missing or refused`, { problems, where: problems[0]?.where, output });
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
