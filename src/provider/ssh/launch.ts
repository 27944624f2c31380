import { readText } from "../../host/files.ts";
import { isAlive } from "../../host/liveness.ts";
import { withLock } from "../../host/lock.ts";
import { environmentFailure, Failure, type FailureReport, interrupted } from "../../model/failure.ts";
import type { LinkState } from "../../model/link.ts";
import { sshWritten } from "../../model/ssh.ts";
import type { ProviderProgress } from "../provider.ts";
import { startDevenvApart } from "../start-apart.ts";
import type { Surroundings } from "../surroundings.ts";
import { type LinkLayout, makeLinkFolders } from "./layout.ts";
import { askLink, endLink } from "./orders.ts";

/** A link's process has to start and ssh to connect, which has a limit of its own. */
const STARTS_WITHIN_MS = 30_000;
const MACHINE_STARTS_WITHIN_MS = 90_000;
/** One that was lost makes an attempt when it is asked, and goes on after that by itself. */
const MENDS_WITHIN_MS = 2000;
const LOOK_EVERY_MS = 20;

/** How much a link is wanted. */
export interface Wanted {
  /** Tries anew what was given up a moment ago. */
  readonly insists: boolean;
  readonly progress: ProviderProgress;
  readonly signal: AbortSignal | undefined;
}

/**
 * Has a link that stands: the one that lives, or another one. Of two that want one at once the second waits.
 * @throws Failure with why the host or its daemon cannot be reached
 */
export async function haveLink(
  layout: LinkLayout,
  surroundings: Surroundings,
  { insists, progress, signal }: Wanted,
): Promise<void> {
  await makeLinkFolders(layout);
  const lock = { wait: true, command: "devenv", clock: surroundings.clock, ...(signal && { signal }) };
  await withLock(layout.folder, lock, async () => {
    const state = await askLink(layout.orders, "hurry");
    if (state?.phase === "up") return;
    progress(`connecting to ${sshWritten(layout.address)}`);
    const { machine } = layout.address;
    // One of ours is known to run when its link is asked for; the link may not have heard of it.
    const mayBeBack = insists || machine?.of === "vm";
    if (state !== undefined && (state.phase !== "failed" || !mayBeBack)) {
      // To a guest that was booted a moment ago, this attempt takes as long as a first one does.
      const withinMs = insists && machine?.of === "vm" ? MACHINE_STARTS_WITHIN_MS : MENDS_WITHIN_MS;
      return untilItStands({ layout, pid: state.pid, withinMs }, surroundings, signal);
    }
    if (state !== undefined) await endLink(layout.orders);
    const pid = await launch(layout, surroundings);
    const withinMs = machine ? MACHINE_STARTS_WITHIN_MS : STARTS_WITHIN_MS;
    return untilItStands({ layout, pid, withinMs }, surroundings, signal);
  });
}

interface Awaited {
  readonly layout: LinkLayout;
  /** Of the link's process. */
  readonly pid: number;
  readonly withinMs: number;
}

async function untilItStands(
  { layout, pid, withinMs }: Awaited,
  { clock }: Surroundings,
  signal: AbortSignal | undefined,
): Promise<void> {
  const deadline = clock.monotonic() + withinMs;
  let state: LinkState | undefined;
  for (let isOver = false; !isOver; ) {
    isOver = !isAlive(pid) || clock.monotonic() > deadline;
    state = await askLink(layout.orders);
    if (state?.phase === "up") return;
    if (state?.phase === "failed") break;
    await clock.sleep(LOOK_EVERY_MS, signal).catch(() => {
      throw interrupted();
    });
  }
  if (state?.failure !== undefined) throw asThrown(state.failure);
  if (state !== undefined) {
    const hint = `What it does is in ${layout.log}.`;
    throw environmentFailure(`the connection to ${sshWritten(layout.address)} is still being made`, { hint });
  }
  const said = (await readText(layout.log)) ?? "";
  throw environmentFailure(`the link to ${sshWritten(layout.address)} could not be started`, { output: said.trim() });
}

const asThrown = (said: FailureReport): Failure => new Failure(said.class, said.message, said);

async function launch({ address, log }: LinkLayout, surroundings: Surroundings): Promise<number> {
  const { destination, port, machine } = address;
  const host = [destination, ...(port === undefined ? [] : [String(port)])];
  const ours = machine && [`--${machine.of}`, machine.cluster, "--config", machine.config, "--docker", machine.docker];
  return startDevenvApart(["ssh-link", ...(ours ?? []), ...host], log, surroundings);
}
