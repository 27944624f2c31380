import { clusterFolder } from "../host/folders.ts";
import { Failure, failed, userFailure } from "../model/failure.ts";
import { effectiveMode, modeText } from "../model/mode.ts";
import type { ServiceName } from "../model/names.ts";
import { PINS_FILE } from "../model/pin.ts";
import type { ModeChoice, Service } from "../model/profile.ts";
import type { Mode } from "../model/status.ts";
import { parseMode } from "../profile/mode-syntax.ts";
import { duration } from "../state/duration.ts";
import type { Intent } from "../state/intents.ts";
import type { Came, Deed } from "./deed.ts";
import { fetch } from "./fetch.ts";
import { readModes } from "./modes.ts";
import { isBringDue, pin, unpin } from "./pin.ts";
import { endOf } from "./rebuild.ts";
import { restart } from "./restart.ts";
import { rollback } from "./rollback.ts";
import { namedService } from "./services.ts";
import { modeRows, use } from "./use.ts";

export async function restartDeed(service: ServiceName, { profile, machine }: Deed): Promise<Came> {
  const [restarted] = await restart(profile(), [service], machine);
  const ms = restarted?.ms ?? 0;
  return { words: `${service} answers again after ${duration(ms)}`, ms };
}

/** As a save of all its files: built by whoever runs the save loop, and over when it answers or what ran before does. */
export async function swapDeed(service: ServiceName, { profile, seat, machine }: Deed): Promise<Came> {
  namedService(profile(), service);
  const over = new AbortController();
  const ended = endOf(service, {
    subscribe: seat.events.listen,
    signal: AbortSignal.any([machine.signal, over.signal]),
  });
  try {
    await seat.order({ to: "swap", service });
    const { outcome, build, failure } = await Promise.race([ended, seat.lost(over.signal)]);
    if (failure !== undefined && outcome !== "swapped" && outcome !== "unchanged")
      throw new Failure(failure.class, failure.message, { ...failure, exitCode: 1 });
    if (outcome === "unchanged") return { words: `${service} runs ${build} already: nothing to swap` };
    return { words: `${service} runs ${build}` };
  } finally {
    over.abort();
  }
}

type ModeIntent = Extract<Intent, { readonly to: "stop" | "start" } | { readonly to: "mode" }>;

/** Changes modes, and remembers those of the services that it stopped, so that they start as they were. */
export function modeChanger(): (intent: ModeIntent, deed: Deed) => Promise<Came> {
  const before = new Map<ServiceName, ModeChoice | undefined>();
  return async (intent, deed) => {
    const { profile, machine, hear } = deed;
    const service = namedService(profile(), intent.service);
    const choices = readModes(clusterFolder(machine.folders, profile().name));
    const choice = choices.get(service.name);
    const isOff = effectiveMode(service, choices).mode?.kind === "off";
    if (intent.to === "stop" && !isOff) before.set(service.name, choice);
    const wanted = wantedMode(intent, { choice: isOff ? before.get(service.name) : choice, written: service.mode });
    const { applied, notes } = await use(profile(), new Map([[service.name, wanted]]), hear, machine);
    const mode = wanted ?? service.mode;
    const later = applied ? [] : [`cluster ${profile().name} does not run: the next \`devenv up\` starts it so`];
    const words =
      mode?.kind === "off" ? "is off" : `is in mode ${mode === undefined ? modeNow(service, deed) : modeText(mode)}`;
    return { words: `${service.name} ${words}`, notes: [...notes, ...later] };
  };
}

/** Where nobody says one: that of the code in its place, which may be an edit that was saved before. */
const modeNow = ({ name }: Service, { profile, machine }: Deed): Mode | "ci" =>
  modeRows(profile(), machine).find(({ service }) => service === name)?.mode ?? "ci";

interface Modes {
  /** The person's, from before it was stopped. */
  readonly choice: ModeChoice | undefined;
  /** The profile's. */
  readonly written: ModeChoice | undefined;
}

function wantedMode(intent: ModeIntent, { choice, written }: Modes): ModeChoice | undefined {
  if (intent.to !== "mode") {
    if (intent.to === "stop") return { kind: "off" };
    // To start one that the profile has off, somebody has to say so.
    return choice ?? (written?.kind === "off" ? { kind: "ci" } : undefined);
  }
  if (intent.mode === undefined) return undefined;
  const parsed = parseMode(intent.mode);
  if ("value" in parsed) return parsed.value;
  throw userFailure(`${intent.service}: ${parsed.problem}`, parsed.hint === undefined ? {} : { hint: parsed.hint });
}

export async function pinDeed(
  { service, build, reason }: Extract<Intent, { readonly to: "pin" }>,
  { profile, machine, hear }: Deed,
): Promise<Came> {
  const pinned = await pin(profile(), service, { build, reason }, machine);
  const words = `${service} stays on ci:${pinned.pin.build}`;
  const team = `commit ${PINS_FILE} to have the team do so, too`;
  if (!isBringDue(pinned)) return { words, notes: [team] };
  const { rows } = await fetch(profile(), [service], { dryRun: false, note: hear }, machine);
  const [row] = rows;
  if (row?.failure !== undefined) throw new Failure(row.failure.class, row.failure.message, row.failure);
  const left = row?.reason === undefined ? [] : [`it goes on with ${row.from}: ${row.reason}`];
  return { words, notes: [team, ...left] };
}

export async function unpinDeed(service: ServiceName, { profile, machine }: Deed): Promise<Came> {
  const [taken] = await unpin(profile(), [service], machine);
  if (taken === undefined) throw failed(`${service} is not pinned`);
  return {
    words: `${service} no longer stays on ci:${taken.before.build}`,
    notes: ["`devenv fetch` takes CI's newest"],
  };
}

export async function rollbackDeed(service: ServiceName, { profile, machine, hear }: Deed): Promise<Came> {
  const { from, to, pin: pinned, notes } = await rollback(profile(), service, hear, machine);
  const stays = pinned === undefined ? [] : [`it is pinned to it in ${PINS_FILE}`];
  return { words: `${service} runs ${to} again, no longer ${from}`, notes: [...stays, ...notes] };
}
