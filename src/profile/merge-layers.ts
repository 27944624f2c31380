import { withAbsolutePaths } from "./absolute-paths.ts";
import { withExtended } from "./extends.ts";
import { withIncludes } from "./include.ts";
import { interpolateTree } from "./interpolate-tree.ts";
import { type Located, type LocatedMapping, mapValues, scalarAt, withChanged, withEntry } from "./located.ts";
import { merge, withoutMarks } from "./merge.ts";
import { withUniqueItems } from "./merge-unique.ts";
import type { Layer, Reading } from "./reading.ts";

/**
 * Reads files and merges them, the later over the earlier, the documents of one file likewise. In each the variables
 * are put in first, then what it includes goes under it, then its services are laid over those that they extend, all as
 * in compose-go's loader.
 * @param trail the files whose `include` led here.
 * @returns undefined when there is no mapping in any of them; what is wrong is noted.
 */
export async function mergeLayers(
  layers: readonly Layer[],
  reading: Reading,
  trail: readonly string[],
): Promise<LocatedMapping | undefined> {
  let whole: LocatedMapping | undefined;
  for (const layer of layers) {
    for (const document of layer.file.documents) {
      const ready = await readDocument(document, layer, reading, trail);
      if (ready === undefined) continue;
      const merged = withoutMarks(whole === undefined ? ready : merge(whole, ready, reading.problems));
      if (merged.kind === "mapping") whole = withUniqueItems(merged);
    }
  }
  const folder = layers[0]?.folder;
  return whole && folder ? withContexts(whole, folder) : whole;
}

/** A build that names no context has the project's folder, which is another one where the project is included. */
const withContexts = (tree: LocatedMapping, folder: string): LocatedMapping =>
  withChanged(tree, "services", (services) =>
    mapValues(services, (service) =>
      withChanged(service, "build", (build) =>
        build.kind !== "mapping" || build.entries.has("context")
          ? build
          : withEntry(build, "context", scalarAt(build, folder)),
      ),
    ),
  );

async function readDocument(
  document: Located,
  layer: Layer,
  reading: Reading,
  trail: readonly string[],
): Promise<LocatedMapping | undefined> {
  const { problems, home } = reading;
  const filled = interpolateTree(document, layer.values, problems);
  if (filled.kind !== "mapping") {
    problems.atPlace(filled.place, `the file must be a mapping, and is ${kindOf(filled)}`);
    return undefined;
  }
  const version = filled.entries.get("version");
  if (version !== undefined) {
    problems.warn(version.key, "version is obsolete, and without effect", "remove it");
  }
  const located = withAbsolutePaths(filled, { folder: layer.folder, home });
  const whole = await withIncludes(located, { layer, reading, trail, mergeLayers });
  return withExtended(whole, layer, reading);
}

function kindOf(value: Located): string {
  if (value.kind !== "scalar") return `a ${value.kind}`;
  if (value.value === null) return "empty";
  return typeof value.value === "string" ? `the text ${value.value}` : `the ${typeof value.value} ${value.value}`;
}
