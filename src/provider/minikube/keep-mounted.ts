import { thisProcess } from "../../host/liveness.ts";
import type { MinikubeMount } from "../../model/minikube.ts";
import { giveOrder } from "../ssh/connection.ts";
import { type LinkLayout, linkLayout } from "../ssh/layout.ts";
import { askLink } from "../ssh/orders.ts";
import type { Surroundings } from "../surroundings.ts";
import type { MinikubeLayout } from "./layout.ts";
import { isDeadBy, lookAtMount } from "./mount-look.ts";
import { writeMounts } from "./mount-record.ts";
import { restartUsers } from "./mount-users.ts";
import { runMinikube } from "./program.ts";
import { mountTrouble } from "./trouble.ts";
import { addressOf } from "./way.ts";

/** Between two looks at a mount from within the machine. */
const LOOK_MS = 3000;
/** After so many looks in a row that fail, a mount is taken for dead: a 9p server may live on and answer nobody (minikube#21076). */
const DEAD_LOOKS = 3;
/** For so long a mount is waited for that does not answer, and then the way there. */
const ANSWERS_WITHIN_S = 4;
const LOOKS_WITHIN_MS = 10_000;
/**
 * With the one that minikube asks for (9p2000.L), its server falls back to 9P2000, which has no symbolic links: they would be
 * files of the length of their target's name, and a program behind one ends with SIGBUS (1.38.1).
 */
const VERSION_9P = "9p2000.u";
/** Between two attempts to mount. The last goes on. */
const PAUSES_MS = [0, 500, 1000, 2000, 5000];
/** Its last words come in a frame of advice. */
const LINES_KEPT = 40;
/** A link that is lost may come back; the mounts end with it for good. */
const LINK_GONE_MS = 15_000;

/** Who keeps the folders of one machine mounted. */
export interface Keeping {
  readonly layout: MinikubeLayout;
  /** Of the minikube program. */
  readonly program: string;
  /** Absolute paths, the same on both sides. */
  readonly folders: readonly string[];
  /** This machine's address for it, where minikube does not find that by itself. */
  readonly ip?: string | undefined;
  /** Takes a line for the log. */
  readonly say: (line: string) => void;
}

/**
 * Mounts folders in a machine and keeps them mounted, each by a `minikube mount` of its own, which is this machine's 9p
 * server: where it has died, or is dead while its process lives, it is ended, started anew, and the containers that have
 * the folder are restarted, since a bind mount stays with what it was made of. Resolves when the link to the machine is gone.
 */
export async function keepMounted(keeping: Keeping, surroundings: Surroundings, signal: AbortSignal): Promise<void> {
  const { layout, folders } = keeping;
  const over = new AbortController();
  const ended = AbortSignal.any([signal, over.signal]);
  const seen = new Map<string, MinikubeMount>();
  const see = async (mount: MinikubeMount) => {
    seen.set(mount.path, mount);
    await writeMounts(layout, { isUsed: true, ...thisProcess(), folders: [...seen.values()] });
  };
  const link = linkLayout(addressOf(layout), surroundings);
  const watching = untilGone(link, surroundings, ended).finally(() => over.abort());
  await Promise.all([
    ...folders.map((folder) => keepOne(folder, { ...keeping, link, see }, surroundings, ended)),
    watching,
  ]);
}

interface KeepingOne extends Keeping {
  readonly link: LinkLayout;
  see(mount: MinikubeMount): Promise<void>;
}

async function keepOne(
  path: string,
  keeping: KeepingOne,
  surroundings: Surroundings,
  signal: AbortSignal,
): Promise<void> {
  const { clock } = surroundings;
  const now = () => new Date(clock.now()).toISOString();
  let remounts = 0;
  for (let attempt = 0; !signal.aborted; attempt++) {
    await clock.sleep(PAUSES_MS[attempt] ?? PAUSES_MS.at(-1) ?? 0, signal).catch(() => undefined);
    const ending = new AbortController();
    const mounted = async () => {
      attempt = 0;
      await keeping.see({ path, mounted: true, since: now(), remounts });
      keeping.say(`${path} is mounted`);
      if (remounts > 0)
        for (const name of await restartUsers(keeping.link, path)) keeping.say(`${name} was restarted with it`);
      await untilDead(path, keeping, surroundings, AbortSignal.any([signal, ending.signal]));
      ending.abort();
    };
    const problem = await mountOnce(path, keeping, surroundings, { signal, ending, mounted });
    if (signal.aborted) return;
    remounts++;
    keeping.say(`${path} is lost: ${problem}`);
    await keeping.see({ path, mounted: false, since: now(), remounts, problem });
  }
}

interface Life {
  readonly signal: AbortSignal;
  /** Aborted to end this one. */
  readonly ending: AbortController;
  readonly mounted: () => Promise<void>;
}

/** One `minikube mount`; gives why it ended. */
async function mountOnce(
  path: string,
  { layout, program, ip }: Keeping,
  surroundings: Surroundings,
  { signal, ending, mounted }: Life,
): Promise<string> {
  const lines: string[] = [];
  const { uid } = surroundings.machine;
  const owner = [`--uid=${uid}`, `--gid=${process.getgid?.() ?? uid}`];
  const args = ["mount", "-p", layout.profile, `${path}:${path}`, ...owner, `--9p-version=${VERSION_9P}`];
  let watching: Promise<void> | undefined;
  await runMinikube(program, [...args, ...(ip === undefined ? [] : [`--ip=${ip}`])], surroundings, {
    signal: AbortSignal.any([signal, ending.signal]),
    keepsOutput: false,
    onLine(line) {
      if (line.trim() !== "") lines.push(line.trim());
      if (lines.length > LINES_KEPT) lines.shift();
      if (line.includes("Successfully mounted")) watching = mounted();
    },
  }).catch(() => undefined);
  const wasDead = ending.signal.aborted;
  ending.abort();
  await watching;
  if (wasDead) return "it answered no more";
  return watching === undefined ? mountTrouble(lines) : "it ended";
}

/** Resolves when a mount is dead, seen from within the machine, over the link. */
async function untilDead(
  path: string,
  { link }: KeepingOne,
  surroundings: Surroundings,
  signal: AbortSignal,
): Promise<void> {
  const look = { do: "run", command: lookAtMount(path, ANSWERS_WITHIN_S) } as const;
  for (let failed = 0; failed < DEAD_LOOKS && !signal.aborted; ) {
    await surroundings.clock.sleep(LOOK_MS, signal).catch(() => undefined);
    const state = await askLink(link.orders);
    if (state?.phase !== "up") continue; // nothing can be known of it
    const words = await giveOrder(look, link.control, surroundings, LOOKS_WITHIN_MS);
    if (words === undefined) failed = 0;
    // Where no answer comes back it is the machine that is slow, or the way there.
    else if (isDeadBy(words)) failed++;
  }
}

/** The link ends by itself when nothing of this machine's clusters is there any more, and nobody looks. */
async function untilGone({ orders }: LinkLayout, { clock }: Surroundings, signal: AbortSignal): Promise<void> {
  for (let since = clock.monotonic(); !signal.aborted && clock.monotonic() - since < LINK_GONE_MS; ) {
    if ((await askLink(orders)) !== undefined) since = clock.monotonic();
    await clock.sleep(1000, signal).catch(() => undefined);
  }
}
