import { possiblePlatforms } from "../artifact/possible-platforms.ts";
import { nameOf } from "../artifact/select.ts";
import type { Platform } from "../model/artifact.ts";
import type { Builder } from "../model/builder.ts";
import { userFailure } from "../model/failure.ts";
import { didYouMean } from "../model/nearest.ts";
import type { Service } from "../model/profile.ts";
import type { Machine } from "./machine.ts";

/**
 * Checks that a service can be built for platforms at all, before a compiler says so in its own way.
 * @throws Failure (exit 2) with those that it can be built for.
 */
export async function checkPossible(
  service: Service & { readonly build: Builder },
  platforms: readonly Platform[],
  machine: Machine,
): Promise<void> {
  if (platforms.length === 0) return;
  const possible = await possiblePlatforms(service, service.build, machine);
  const impossible = platforms.map(nameOf).filter((name) => !possible.includes(name));
  const [first] = impossible;
  if (first === undefined) return;
  const list = [`${service.build.kind} builds for:`, ...bySystem(possible)];
  const nearest = didYouMean(inGosWords(first), possible);
  throw userFailure(`${service.name} cannot be built for ${impossible.join(" and ")}`, {
    hint: [...(nearest === undefined ? [] : [nearest]), ...list].join("\n"),
  });
}

/** `linux/: 386, amd64`, a line for each system. */
function bySystem(names: readonly string[]): string[] {
  const systems = [...new Set(names.map((name) => name.split("/")[0] ?? ""))];
  return systems.map((system) => {
    const own = names.filter((name) => name.startsWith(`${system}/`));
    return `${system}/: ${own.map((name) => name.slice(system.length + 1)).join(", ")}`;
  });
}

/** What others call the architectures: `linux/x86_64` -> `linux/amd64`. */
const inGosWords = (name: string): string =>
  name
    .replace(/\/(x86[_-]64|x64)$/, "/amd64")
    .replace(/\/aarch64$/, "/arm64")
    .replace(/\/(i[3-6]86|x86)$/, "/386");
