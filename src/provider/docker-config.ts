import { createHash } from "node:crypto";
import { join } from "node:path";
import { readText } from "../host/files.ts";
import { Failure } from "../model/failure.ts";
import type { Surroundings } from "./surroundings.ts";

/** The folder of Docker's own client: `$DOCKER_CONFIG`, else `~/.docker`. */
export const dockerConfigFolder = ({ environment, machine }: Pick<Surroundings, "environment" | "machine">): string =>
  environment.DOCKER_CONFIG || join(machine.home, ".docker");

/** The name of the current context, undefined when it is Docker's built-in `default`. */
export async function currentContext(
  environment: Readonly<NodeJS.ProcessEnv>,
  configFolder: string,
): Promise<string | undefined> {
  const name = environment.DOCKER_CONTEXT || (await configuredContext(join(configFolder, "config.json")));
  return name === undefined || name === "default" ? undefined : name;
}

async function configuredContext(path: string): Promise<string | undefined> {
  const config = await jsonOf(path);
  return typeof config?.currentContext === "string" ? config.currentContext || undefined : undefined;
}

/** Where a context lies: Docker keeps it under the SHA-256 of its name. */
export interface ContextFolders {
  /** Holds `meta.json`. */
  readonly meta: string;
  /** Holds a folder for each kind of endpoint. */
  readonly tls: string;
  /** Holds ca.pem, cert.pem and key.pem of a daemon with TLS. */
  readonly dockerTls: string;
}

export function contextFolders(configFolder: string, name: string): ContextFolders {
  const id = createHash("sha256").update(name).digest("hex");
  const tls = join(configFolder, "contexts", "tls", id);
  return { meta: join(configFolder, "contexts", "meta", id), tls, dockerTls: join(tls, "docker") };
}

/** A file of Docker's client as data. It ignores a file that is not JSON after a warning; so do we. */
export async function jsonOf(path: string): Promise<Record<string, unknown> | undefined> {
  try {
    return asRecord(JSON.parse((await readText(path)) ?? "null"));
  } catch (error) {
    if (error instanceof Failure) throw error;
    return undefined;
  }
}

export const asRecord = (value: unknown): Record<string, unknown> | undefined =>
  typeof value === "object" && value !== null ? (value as Record<string, unknown>) : undefined;
