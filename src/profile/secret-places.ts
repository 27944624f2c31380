import { serviceName } from "../model/names.ts";
import type { SecretVariable } from "../model/provided.ts";
import type { Located, LocatedScalar, Path } from "./located.ts";
import type { ProblemList } from "./problem-list.ts";
import { type Place, positionAt } from "./source-text.ts";

/**
 * Notes every value of the secrets file that was put where it would not stay secret: a process's argument, a label or a
 * part of an image can be read by others than the service. It may go into a service's environment, and into what is
 * put into the container as a file. Fragments (`x-…`) are judged where they end.
 */
export const checkSecretPlaces = (tree: Located, problems: ProblemList): void =>
  visitScalars(tree, (scalar, path) => {
    if (!mayHold(path)) refuse(scalar, path, problems);
  });

/**
 * What a profile's text takes from the secrets file, or would take if the file had it, by who needs it.
 * @param isSecret whether the file gives a variable that the environment does not set.
 */
export function secretVariables(tree: Located, isSecret: (name: string) => boolean): readonly SecretVariable[] {
  const found = new Map<string, { place: Place; services: Set<string> }>();
  const add = (variable: string, place: Place, path: Path) => {
    const entry = found.get(variable) ?? { place, services: new Set() };
    if (path[0] === "services" && typeof path[1] === "string") entry.services.add(path[1]);
    found.set(variable, entry);
  };
  visitScalars(tree, ({ place, value, secrets = [], unset = [] }, path) => {
    if (path.some(isFragment)) return;
    for (const variable of [...secrets, ...unset]) add(variable, place, path);
    // `environment: [TOKEN]`, `environment: { TOKEN: }`: what has no value of its own has the variable's.
    const bare = path[2] !== "environment" ? undefined : value === null ? path[3] : value;
    if (typeof bare === "string" && isSecret(bare)) add(bare, place, path);
  });
  return Array.from(found, ([variable, { place, services }]) => ({
    variable,
    services: Array.from(services, serviceName),
    isSet: isSecret(variable),
    where: positionAt(place),
  }));
}

function visitScalars(tree: Located, see: (scalar: LocatedScalar, path: Path) => void, path: Path = []): void {
  if (tree.kind === "scalar") see(tree, path);
  else if (tree.kind === "list") tree.items.forEach((item, index) => void visitScalars(item, see, [...path, index]));
  else for (const [key, entry] of tree.entries) visitScalars(entry.value, see, [...path, key]);
}

/** Whether all that is below is of no danger. */
function mayHold([section, , key]: Path): boolean {
  if (section === "services") return key === "environment" || isFragment(key);
  return section === "secrets" || section === "configs" || isFragment(section);
}

const isFragment = (key: string | number | undefined): boolean =>
  typeof key === "string" && key.startsWith("x-") && key !== "x-devenv";

function refuse({ place, secrets = [] }: LocatedScalar, path: Path, problems: ProblemList): void {
  // A KEY alone may be the name of the file that the secrets are in.
  if (secrets.length === 0) return;
  const [section, service, key] = path;
  const where = section === "services" && key !== undefined ? `${key} of ${service}` : String(path.at(-1));
  const hint = `give the service the secret as a file: secrets: [${secrets[0]}], which it reads from /run/secrets/${secrets[0]}; or as a variable, under environment`;
  problems.atPlace(place, `the secret ${secrets.join(", ")} would be readable for others in ${where}`, hint);
  problems.silence(place);
}
