import { isAbsolute } from "node:path";
import {
  childOf,
  type Located,
  type LocatedMapping,
  mapItems,
  mapValues,
  scalarAt,
  textOf,
  withChanged,
} from "./located.ts";
import { inFolder } from "./place.ts";

/** Where the relative paths of a file start, and the person's home folder, for `~`. */
export interface Folders {
  readonly folder: string;
  readonly home: string;
}

/**
 * Makes the relative paths of a file absolute, before anything is merged with it: the same key of another file may be
 * relative to another folder. The keys are those that compose-go resolves (`paths.ResolveRelativePaths`); the paths
 * under `x-devenv` are relative to the workspace, and stay.
 */
export function withAbsolutePaths(tree: LocatedMapping, folders: Folders): LocatedMapping {
  const path: Change = (value) => absolute(value, folders);
  const source: Change = (value) => (isWindowsPath(textOf(value)) ? value : path(value));
  const file: Change = (value) => mapValues(value, (resource) => withChanged(resource, "file", source));
  const withServices = withChanged(tree, "services", (services) =>
    mapValues(services, (service) => inService(service, path, source)),
  );
  const withSecrets = withChanged(withServices, "secrets", file);
  const withConfigs = withChanged(withSecrets, "configs", file);
  return withChanged(withConfigs, "volumes", (volumes) => mapValues(volumes, (volume) => inVolume(volume, source)));
}

type Change = (value: Located) => Located;

function inService(service: Located, path: Change, source: Change): Located {
  const context: Change = (value) => (isRemoteContext(textOf(value) ?? "") ? value : path(value));
  const watch: Change = (value) => mapItems(value, (rule) => withChanged(rule, "path", path));
  const changes: Readonly<Record<string, Change>> = {
    build: (build) =>
      withChanged(
        withChanged(build.kind === "scalar" ? context(build) : build, "context", context),
        "additional_contexts",
        (contexts) => mapItems(mapValues(contexts, context), (item) => afterEquals(item, context)),
      ),
    develop: (develop) => withChanged(develop, "watch", watch),
    env_file: (files) => eachOf(files, (item) => withChanged(path(item), "path", path)),
    extends: (base) => withChanged(base, "file", (file) => (isRemote(textOf(file) ?? "") ? file : path(file))),
    label_file: (files) => eachOf(files, path),
    volumes: (volumes) => mapItems(volumes, (volume) => inMount(volume, source)),
  };
  return mapValues(service, (value, key) => (Object.hasOwn(changes, key) ? (changes[key]?.(value) ?? value) : value));
}

const eachOf = (value: Located, change: Change): Located =>
  value.kind === "list" ? mapItems(value, change) : change(value);

/** `source:target`, where a source that begins like a path is one, or a mapping that says that it is a bind mount. */
function inMount(volume: Located, source: Change): Located {
  if (volume.kind === "mapping") {
    return textOf(childOf(volume, "type")) === "bind" ? withChanged(volume, "source", source) : volume;
  }
  const text = textOf(volume) ?? "";
  const colon = text.indexOf(":");
  if (!/^[.~]/.test(text) || colon < 0) return volume;
  const resolved = textOf(source(scalarAt(volume, text.slice(0, colon))));
  return scalarAt(volume, `${resolved}${text.slice(colon)}`);
}

/** A volume of the driver `local`, which is the default, with the options of a bind mount is a folder, too. */
function inVolume(volume: Located, source: Change): Located {
  const options = childOf(volume, "driver_opts");
  const driver = textOf(childOf(volume, "driver")) ?? "local";
  const isBind = driver === "local" && /(^|,)r?bind(,|$)/.test(textOf(childOf(options, "o")) ?? "");
  return isBind ? withChanged(volume, "driver_opts", (given) => withChanged(given, "device", source)) : volume;
}

function afterEquals(item: Located, change: Change): Located {
  const text = textOf(item) ?? "";
  const equals = text.indexOf("=");
  if (equals < 0) return item;
  return scalarAt(item, `${text.slice(0, equals + 1)}${textOf(change(scalarAt(item, text.slice(equals + 1))))}`);
}

function absolute(value: Located, { folder, home }: Folders): Located {
  const text = textOf(value);
  if (!text || isAbsolute(text)) return value;
  return { ...scalarAt(value, inFolder(folder, text, home)), ...(value.mark && { mark: value.mark }) };
}

const isWindowsPath = (text = ""): boolean => /^([A-Za-z]:[\\/]|\\\\)/.test(text);

/** A build context that is no folder: a repository, another service's image, an address. */
const isRemoteContext = (text: string): boolean =>
  text.includes("://") || /^(service:|docker-image:|target:|github\.com\/|git@)/.test(text);

/** A file that Compose would fetch. */
export const isRemote = (path: string): boolean => /^([a-z]+:\/\/|oci:|git@|github\.com\/)/i.test(path);
