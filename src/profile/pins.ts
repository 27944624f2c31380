import { join } from "node:path";
import { errorCode, readText } from "../host/files.ts";
import type { Problem } from "../model/failure.ts";
import { userFailure } from "../model/failure.ts";
import type { ServiceName } from "../model/names.ts";
import { didYouMean } from "../model/nearest.ts";
import { PINS_FILE, type Pins } from "../model/pin.ts";
import { plainPins } from "./pins-plain.ts";
import type { PinsText } from "./pins-text.ts";

/**
 * The pins of a workspace, by its absolute path; none when it has no `pins.yaml`, which costs one look for the file.
 * @throws Failure (class user) with every mistake in the file, each with its position.
 */
export async function readPins(workspace: string): Promise<Pins> {
  return (await readPinsFile(workspace)).pins;
}

/** As `readPins`, with what is odd in the file though it is no mistake. */
export async function readPinsFile(workspace: string): Promise<PinsText> {
  const file = join(workspace, PINS_FILE);
  const text = await readPinsText(file);
  if (text === undefined) return { pins: new Map(), warnings: [] };
  const plain = plainPins(file, text);
  if (plain !== undefined) return { pins: plain, warnings: [] };
  const { parsePins } = await import("./pins-text.ts");
  return parsePins(file, text);
}

/** The file's text; undefined when there is none. */
export async function readPinsText(file: string): Promise<string | undefined> {
  try {
    return await readText(file);
  } catch (cause) {
    const reason = errorCode(cause) === "EISDIR" ? "it is a folder" : `it cannot be read (${errorCode(cause)})`;
    const hint = "The builds that services stay on are in it: make it a file that you may read, or take it away.";
    throw userFailure(`${file}: ${reason}`, { cause, hint });
  }
}

/** Of pins of services that a profile does not have; another profile of the workspace may. */
export function unknownPins(pins: Pins, known: ReadonlySet<ServiceName>, profile: string): readonly Problem[] {
  return [...pins]
    .filter(([service]) => !known.has(service))
    .map(([service, { where }]) => ({
      message: `${service} is pinned, and profile ${profile} has no such service`,
      where,
      hint:
        didYouMean(service, known) ?? `\`devenv unpin ${service}\` takes the pin away, unless another profile has it.`,
    }));
}
