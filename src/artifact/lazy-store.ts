import { join } from "node:path";
import type { Readable } from "node:stream";
import type { Store } from "./store.ts";
import { storeFolder } from "./stored.ts";

/**
 * The store in the cache folder, of which nothing is loaded before it is used: most commands end without, and its
 * hashing and unpacking is a third of what `devenv --help` would load.
 */
export function lazyStore(cacheFolder: string): Store {
  let opened: Promise<Store> | undefined;
  const store = (): Promise<Store> => {
    opened ??= import("./store.ts").then(({ openStore }) => openStore(cacheFolder));
    return opened;
  };
  return {
    has: async (digest) => (await store()).has(digest),
    put: async (digest, kind, content) => (await whileLoading(store, content)).put(digest, kind, content),
    digestOf: async (content) => (await store()).digestOf(content),
    receive: async (content, stream) => (await whileLoading(store, stream)).receive(content, stream),
    adopt: async (path, kind, options) => (await store()).adopt(path, kind, options),
    note: async (service, release) => (await store()).note(service, release),
    pathOf: (digest) => join(storeFolder(cacheFolder), digest),
  };
}

/** A stream may break off before anybody reads it: whoever reads it then is told. */
function whileLoading(store: () => Promise<Store>, stream: Readable): Promise<Store> {
  stream.on("error", () => {});
  return store();
}
