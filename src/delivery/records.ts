import { existsSync, readdirSync } from "node:fs";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { replaceFile } from "../artifact/incoming.ts";
import { ensureFolder, errorCode, peekText } from "../host/files.ts";
import type { Release } from "../model/artifact.ts";
import type { DeliveryRecord } from "../model/delivery.ts";
import { environmentFailure } from "../model/failure.ts";
import { artifactDigest, type ServiceName, serviceName } from "../model/names.ts";

/** The delivery records of one cluster, a JSON file a service (src/model/delivery.ts says what they are for). */
export interface Records {
  /** Undefined when there is none, or none that can be used. */
  read(service: ServiceName): DeliveryRecord | undefined;
  /** What was good before is taken from the record that is there. */
  write(record: NewRecord): Promise<void>;
  remove(service: ServiceName): Promise<void>;
  /** Services that have a record. */
  names(): ServiceName[];
}

/** A record as its writer knows it. */
export type NewRecord = Omit<DeliveryRecord, "previous">;

const SUFFIX = ".json";

/** The records below a folder, which is made with the first. They are read at once: status waits for them. */
export function openRecords(folder: string): Records {
  const pathOf = (service: ServiceName) => join(folder, `${service}${SUFFIX}`);
  const read = (service: ServiceName) => parse(peekText(pathOf(service)), service);
  return {
    read,
    async write(record) {
      const previous = previousOf(record, read(record.service));
      if (!existsSync(folder)) await ensureFolder(folder);
      replace(pathOf(record.service), `${JSON.stringify({ ...record, previous }, null, 2)}\n`);
    },
    remove: (service) => rm(pathOf(service), { force: true }),
    names: () => namesIn(folder),
  };
}

/**
 * The release to roll back to: the good one before, whose code was another; config alone comes from the work tree, and
 * is no build.
 */
function previousOf({ good }: NewRecord, before: DeliveryRecord | undefined): Release | undefined {
  if (before === undefined || good === undefined) return before?.previous;
  const has = (one: Release | undefined, other: Release | undefined) => one?.artifact.digest === other?.artifact.digest;
  const previous = has(before.good, good) ? before.previous : before.good;
  return has(previous, good) ? undefined : previous;
}

/** A power cut may leave no usable record, and then `devenv up` delivers anew. */
function replace(path: string, content: string): void {
  try {
    replaceFile(path, content);
  } catch (cause) {
    const words = cause instanceof Error ? cause.message : String(cause);
    throw environmentFailure(`cannot write ${path}: ${words}`, {
      cause,
      hint: errorCode(cause) === "ENOSPC" ? "The disk is full: free some space." : undefined,
    });
  }
}

function namesIn(folder: string): ServiceName[] {
  try {
    const files = readdirSync(folder).filter((name) => name.endsWith(SUFFIX) && !name.startsWith("."));
    return files.map((name) => serviceName(name.slice(0, -SUFFIX.length)));
  } catch {
    return []; // nothing was ever delivered
  }
}

/** A record only gives names to what the pointers point at: one that was damaged by hand counts as none. */
function parse(text: string | undefined, service: ServiceName): DeliveryRecord | undefined {
  if (text === undefined) return undefined;
  try {
    const record = JSON.parse(text) as DeliveryRecord;
    for (const release of releasesOf(record)) check(release);
    const namesNone = record.good === undefined && record.trial === undefined;
    return record.service === service && !namesNone ? record : undefined;
  } catch {
    return undefined;
  }
}

function check({ artifact, config }: Release): void {
  artifactDigest(artifact.digest);
  if (config !== undefined) artifactDigest(config);
  if (!/^(ci|local|config):/.test(artifact.build)) throw new RangeError("not a build's name");
}

/** Every release that a record names. */
export const releasesOf = ({ good, previous, trial, rolledBack }: DeliveryRecord): Release[] => [
  ...(good === undefined ? [] : [good]),
  ...(previous === undefined ? [] : [previous]),
  ...(trial === undefined ? [] : [trial.release]),
  ...(rolledBack === undefined ? [] : [rolledBack.from]),
];
