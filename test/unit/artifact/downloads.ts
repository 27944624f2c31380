import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect } from "vitest";
import { fetchContent } from "../../../src/artifact/fetch-content.ts";
import { HTTP_LIMITS } from "../../../src/artifact/http/connections.ts";
import type { Content } from "../../../src/artifact/source.ts";
import { openStore, type Store } from "../../../src/artifact/store.ts";
import type { Failure } from "../../../src/model/failure.ts";
import type { HttpServer } from "../../harness/http-server.ts";
import { digestOf, temporaryFolder } from "./folders.ts";
import { http, impatientClock } from "./http-client.ts";
import { failureOf } from "./servers.ts";

export const PROGRAM = Buffer.from(Array.from({ length: 1000 }, (_, index) => index % 251));
export const OTHER = Buffer.from(PROGRAM).fill(7, 600);
/** A test that lets a server be silent does not wait for half a minute. */
export const IMPATIENT = { limits: { ...HTTP_LIMITS, idleMs: 50 } };

/** A file of CI's server, known by its SHA-256 unless said otherwise. */
export async function contentOf(ci: HttpServer, path = "/books", more: Partial<Content> = {}): Promise<Content> {
  return {
    from: ci.url(path),
    key: ci.url(path),
    kind: "file",
    packing: "none",
    member: undefined,
    checksum: { algorithm: "sha256", hex: digestOf(PROGRAM) },
    size: PROGRAM.length,
    open: (await http()).opener(ci.url(path)),
    ...more,
  };
}

/** A store, and what is in it. */
export async function newStore(): Promise<{ store: Store; names: () => Promise<string[]> }> {
  const cache = await temporaryFolder();
  return { store: openStore(cache), names: () => readdir(join(cache, "store")).catch(() => []) };
}

export const QUICKLY = { clock: impatientClock() };

/** Fetches and gives what is in the store then. */
export async function fetched(content: Content): Promise<Buffer> {
  const { store, names } = await newStore();
  const digest = await fetchContent(content, store, QUICKLY);
  expect(await names()).toEqual([digest]);
  return readFile(store.pathOf(digest));
}

/** The failure of a fetch that leaves nothing in the store. */
export async function refused(content: Content): Promise<Failure> {
  const { store, names } = await newStore();
  const failure = await failureOf(fetchContent(content, store, QUICKLY));
  expect(await names()).toEqual([]);
  return failure;
}

/** Which parts of its files a server was asked for. */
export const ranges = (ci: HttpServer): (string | undefined)[] => ci.requests.map(({ headers }) => headers.range);
