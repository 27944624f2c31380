import { readFileSync } from "node:fs";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { errorCode, writeJson } from "../host/files.ts";
import { environmentFailure } from "../model/failure.ts";
import type { ModeChoices } from "../model/mode.ts";
import { type ServiceName, serviceName } from "../model/names.ts";
import type { ModeChoice, Profile } from "../model/profile.ts";
import { parseMode } from "../profile/mode-syntax.ts";

/** What a person chose for a cluster, in its folder: it survives `down`, and `reset` takes it back. */
const modesFile = (clusterFolder: string): string => join(clusterFolder, "modes.json");

interface ModesFile {
  readonly version: 1;
  /** As `devenv use` takes them. */
  readonly services: Readonly<Record<string, string>>;
}

/**
 * The choices for a cluster, by the folder that is its own; at once, because every save asks for them.
 * @throws Failure (environment) naming the file when it cannot be understood.
 */
export function readModes(clusterFolder: string): ModeChoices {
  const file = modesFile(clusterFolder);
  try {
    const { services } = JSON.parse(readFileSync(file, "utf8")) as ModesFile;
    return new Map(Object.entries(services).map(([name, text]) => [serviceName(name), choiceOf(text)]));
  } catch (cause) {
    if (errorCode(cause) === "ENOENT" || errorCode(cause) === "ENOTDIR") return new Map();
    const words = cause instanceof Error ? cause.message : String(cause);
    throw environmentFailure(`the chosen modes in ${file} cannot be read: ${words}`, {
      cause,
      hint: `Delete ${file}, and choose again with \`devenv use\`.`,
    });
  }
}

function choiceOf(text: unknown): ModeChoice {
  const parsed = parseMode(String(text));
  if ("value" in parsed) return parsed.value;
  throw new Error(`${JSON.stringify(text)} is no mode`);
}

/** Replaces the choices for a cluster: a reader sees the old ones or the new ones. For this person only: a URL may have a password. */
export function writeModes(clusterFolder: string, choices: ModeChoices): Promise<void> {
  if (choices.size === 0) return rm(modesFile(clusterFolder), { force: true });
  const services = Object.fromEntries([...choices].map(([name, mode]) => [name, textOf(mode)]));
  return writeJson(modesFile(clusterFolder), { version: 1, services } satisfies ModesFile);
}

/** Whole, unlike model/mode's text for people, which leaves out a password. */
function textOf(mode: ModeChoice): string {
  if (mode.kind === "host") return `host:${mode.port}`;
  return mode.kind === "remote" ? `remote:${mode.url}` : mode.kind;
}

/** The choices for services that the profile no longer has. They do nothing, until the service is back. */
export const staleChoices = ({ services, disabled }: Profile, choices: ModeChoices): ServiceName[] =>
  [...choices.keys()].filter((name) => !services.some((service) => service.name === name) && !disabled.includes(name));
