import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { userFailure } from "../model/failure.ts";
import type { ServiceName } from "../model/names.ts";
import type { Profile, ProvidedFile } from "../model/profile.ts";
import type { Machine } from "./machine.ts";

/** What the files hold that a profile's secrets and configs put into containers. */
export interface ProvidedContents {
  /** SHA-256 of each content, by service and by target; the plan knows no more of them. */
  readonly digests: ReadonlyMap<ServiceName, ReadonlyMap<string, string>>;
  /** The content of one file of a service, named by its target. */
  contentOf(service: ServiceName, target: string): Buffer;
}

/**
 * Reads the contents of all files that services are provided with.
 * @throws Failure for one that cannot be had.
 */
export async function readProvided(profile: Profile, machine: Machine): Promise<ProvidedContents> {
  const contents = new Map<ServiceName, Map<string, Buffer>>();
  for (const { name, provided } of profile.services) {
    const files = provided.map(async (file) => [file.target, await read(file, machine)] as const);
    contents.set(name, new Map(await Promise.all(files)));
  }
  const digests = [...contents].map(([service, files]) => {
    return [service, new Map([...files].map(([target, content]) => [target, digest(content)]))] as const;
  });
  return {
    digests: new Map(digests),
    contentOf(service, target) {
      const content = contents.get(service)?.get(target);
      if (content === undefined) throw new Error(`nothing was read for ${target} of ${service}`);
      return content;
    },
  };
}

const digest = (content: Buffer): string => createHash("sha256").update(content).digest("hex");

async function read({ kind, name, source }: ProvidedFile, { environment }: Machine): Promise<Buffer> {
  switch (source.kind) {
    case "content":
      return Buffer.from(source.content);
    case "file":
      return readFile(source.file).catch((cause: Error) => {
        throw userFailure(`cannot read ${kind} ${name}: ${cause.message}`, { cause });
      });
    case "variable": {
      const value = environment[source.variable];
      if (value === undefined) throw userFailure(`${kind} ${name} needs the variable ${source.variable}`);
      return Buffer.from(value);
    }
    case "key":
      throw userFailure(`${kind} ${name} needs the key ${source.key}, and there is no source of secrets`);
  }
}
