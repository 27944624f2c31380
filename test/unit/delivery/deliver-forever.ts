/**
 * A devenv that delivers until it is killed, for mount-killed.test.ts:
 * `deliver-forever <cluster folder> <store folder> <JSON: releases> [prunes]`. Says `under way` once it has begun.
 */
import { join } from "node:path";
import { openMount } from "../../../src/delivery/mount.ts";
import type { Release } from "../../../src/model/artifact.ts";
import { serviceName } from "../../../src/model/names.ts";

const [clusterFolder = "", store = "", json = "[]", prunes] = process.argv.slice(2);
const releases = JSON.parse(json) as [Release, ...Release[]];
const mount = openMount(clusterFolder, { pathOf: (digest) => join(store, digest) });
const service = serviceName("books");

async function deliver(): Promise<void> {
  let [good] = releases;
  for (let round = 1; ; round++) {
    const release = releases[round % releases.length] ?? good;
    await mount.record({ service, good, trial: { release, since: new Date().toISOString() } });
    await mount.point(service, release);
    await mount.record({ service, good: release });
    if (prunes === "prunes") await mount.prune(0);
    good = release;
    if (round === 1) process.stdout.write("under way\n");
  }
}

void deliver();
