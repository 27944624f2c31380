import type { Values } from "./interpolate-tree.ts";
import { type Located, type LocatedMapping, mapItems, mapValues, scalarAt, textOf, withChanged } from "./located.ts";

/**
 * Gives the variables of services that are named without a value (`environment: [TOKEN]`) the value that the included
 * project's own `.env` has for them: where the services end up, nothing knows of it.
 */
export function withInherited(tree: LocatedMapping, own: Values, outer: Values): LocatedMapping {
  if (own === outer) return tree;
  const inherited = (name: string) => (outer.lookup(name) === undefined ? own.lookup(name) : undefined);
  const inMapping = (value: Located, name: string): Located => {
    const found = value.kind === "scalar" && value.value === null ? inherited(name) : undefined;
    return found === undefined ? value : scalarAt(value, found);
  };
  const inList = (item: Located): Located => {
    const name = textOf(item) ?? "=";
    const found = name.includes("=") ? undefined : inherited(name);
    return found === undefined ? item : scalarAt(item, `${name}=${found}`);
  };
  const inEnvironment = (environment: Located) => mapItems(mapValues(environment, inMapping), inList);
  return withChanged(tree, "services", (services) =>
    mapValues(services, (service) => withChanged(service, "environment", inEnvironment)),
  );
}
