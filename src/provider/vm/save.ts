import { existsSync } from "node:fs";
import { rename, rm } from "node:fs/promises";
import { environmentFailure } from "../../model/failure.ts";
import type { Surroundings } from "../surroundings.ts";
import type { Qmp } from "./qmp.ts";

/** Bytes a second, of a guest that stands still meanwhile: QEMU's own limit is for one that is moved over a network. */
const UNLIMITED = 2 ** 50;
/** From QEMU's last byte to its being in the file. */
const WRITES_WITHIN_MS = 60_000;
const LOOK_EVERY_MS = 10;

/**
 * Saves a guest's memory and devices into a file, which gets its name when all of it is there. The guest stands still
 * after that, as its disk does; where it cannot be saved, it goes on.
 * @throws Failure (environment) with why not: a folder of ours is mounted in it, this machine's disk is full
 */
export async function saveGuest(monitor: Qmp, state: string, { clock }: Surroundings): Promise<void> {
  const [part, whole] = [`${state}.part`, `${state}.whole`];
  for (const remains of [part, whole, state]) await rm(remains, { force: true });
  await tellOfMigration(monitor);
  await monitor.ask("migrate-set-parameters", { "max-bandwidth": UNLIMITED });
  await monitor.ask("stop");
  try {
    // QEMU can write to a file by itself since 8.2. Its own end says nothing of what is still in the pipe, so the shell's does.
    const [into, name] = [part, whole].map(inQuotes);
    await monitor.ask("migrate", { uri: `exec:{ cat >${into} && mv ${into} ${name}; } || rm -f ${into}` });
    await migrated(monitor);
    const deadline = clock.monotonic() + WRITES_WITHIN_MS;
    while (existsSync(part) && clock.monotonic() < deadline) await clock.sleep(LOOK_EVERY_MS);
    if (!existsSync(whole)) throw notWritten(state);
    await rename(whole, state);
  } catch (error) {
    await monitor.ask("cont").catch(() => undefined);
    for (const remains of [part, whole]) await rm(remains, { force: true });
    throw error;
  }
}

const notWritten = (state: string) =>
  environmentFailure(`the memory of the virtual machine could not be written to ${state}`, {
    hint: "Is the disk full? `df -h` shows it; `devenv artifacts prune` frees some.",
  });

/**
 * Loads what `saveGuest` saved into a QEMU that waits for it. The guest stands still until it is told to go on.
 * @throws Failure (environment) where QEMU does not understand what was saved; it has ended then
 */
export async function loadGuest(monitor: Qmp, state: string, signal?: AbortSignal): Promise<void> {
  const loaded = migrated(monitor, signal);
  loaded.catch(() => undefined); // asking may fail first
  await tellOfMigration(monitor);
  await monitor.ask("migrate-incoming", { uri: `exec:exec cat ${inQuotes(state)}` });
  await loaded;
}

/** It says nothing of how far it is by itself. */
const tellOfMigration = (monitor: Qmp): Promise<unknown> =>
  monitor.ask("migrate-set-capabilities", { capabilities: [{ capability: "events", state: true }] });

async function migrated(monitor: Qmp, signal?: AbortSignal): Promise<void> {
  const isOver = ({ status }: Readonly<Record<string, unknown>>) => status === "completed" || status === "failed";
  const { data } = await monitor.event(({ event, data }) => event === "MIGRATION" && isOver(data), signal);
  if (data.status === "completed") return;
  const answer = (await monitor.ask("query-migrate")) as { readonly "error-desc"?: string };
  throw environmentFailure(
    `QEMU could not save or load the virtual machine: ${answer["error-desc"] ?? "it does not say why"}`,
  );
}

/** A word for sh(1). */
const inQuotes = (path: string): string => `'${path.replaceAll("'", "'\\''")}'`;
