import type { Located, LocatedScalar, Path } from "./located.ts";
import type { ProblemList } from "./problem-list.ts";

/**
 * Notes every value of the secrets file that was put where it would not stay secret: a process's argument, a label or a
 * part of an image can be read by others than the service. It may go into a service's environment, and into what is
 * put into the container as a file. Fragments (`x-…`) are judged where they end.
 */
export function checkSecretPlaces(tree: Located, problems: ProblemList): void {
  const visit = (value: Located, path: Path): void => {
    if (mayHold(path)) return;
    if (value.kind === "scalar") refuse(value, path, problems);
    else if (value.kind === "list") value.items.forEach((item, index) => void visit(item, [...path, index]));
    else for (const [key, entry] of value.entries) visit(entry.value, [...path, key]);
  };
  visit(tree, []);
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
