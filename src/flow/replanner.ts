import { answeredRelease } from "../model/delivery.ts";
import { asFailure, Failure, report, userFailure } from "../model/failure.ts";
import type { ServiceName } from "../model/names.ts";
import type { Profile } from "../model/profile.ts";
import { sshWritten } from "../model/ssh.ts";
import { type ProfileChange, profileChange } from "../plan/profile-change.ts";
import { type Collector, collect } from "../watch/quiet.ts";
import { bringNamed, NotBrought } from "./bring-named.ts";
import { type Cluster, withSwapLocks } from "./cluster.ts";
import type { DaemonLink } from "./daemon-link.ts";
import type { Machine } from "./machine.ts";
import { isInStore } from "./standing.ts";
import { wantedOf } from "./wanted.ts";

/** What the save loop does about an edit. */
export interface ReplanHandlers {
  /** Leaves these services alone from now on. Resolves when their swaps that had begun have come to their end. */
  leave(services: readonly ServiceName[]): Promise<void>;
  /** Goes by the profile from now on, and takes saves of its changed services; gives how many folders it watches. */
  follow(profile: Profile, change: ProfileChange): Promise<number>;
}

export interface ReplanContext {
  /** Reads the profile anew. @throws Failure with every mistake in it. */
  readonly reload: () => Promise<Profile>;
  readonly cluster: Cluster;
  readonly link: DaemonLink;
  readonly machine: Machine;
  readonly handlers: ReplanHandlers;
}

/**
 * Brings the cluster to what an edited profile says, by the plan of `up` for what the edit changed; everything else goes
 * on as it is. A profile with mistakes changes nothing: they are told, and the one that was read before stays.
 */
export class Replanner {
  readonly #context: ReplanContext;
  readonly #edits: Collector;
  #profile: Profile;
  /** Files with mistakes, which a profile that was read well may not know of. */
  #wrongFiles: readonly string[] = [];
  /** Services that the last edit could not bring to what it says. */
  #unsettled: ReadonlySet<ServiceName> = new Set();
  /** One edit after the other. */
  #work: Promise<void> = Promise.resolve();

  constructor(profile: Profile, context: ReplanContext) {
    this.#profile = profile;
    this.#context = context;
    const nothing = () => {};
    const quiet = () => this.#enqueue();
    this.#edits = collect(() => this.#profile.watch, context.machine.clock, { open: nothing, more: nothing, quiet });
  }

  /** What the cluster goes by. */
  get profile(): Profile {
    return this.#profile;
  }

  /** Every file whose edit is one of the profile. */
  get files(): readonly string[] {
    return [...new Set([...this.#profile.files, ...this.#wrongFiles])];
  }

  /** One of them was written. `atMs` is when it was heard of, in milliseconds since the epoch. */
  edited(path: string, atMs: number): void {
    const { bus, clock } = this.#context.machine;
    bus.dispatch({ type: "profileChanged", at: clock.now(), path });
    this.#edits.changed(path, atMs);
  }

  /** Resolves when no edit is carried out any more. */
  async close(): Promise<void> {
    this.#edits.close();
    await this.#work;
  }

  #enqueue(): void {
    this.#work = this.#work.then(() => this.#replan());
  }

  async #replan(): Promise<void> {
    const { bus, clock, signal } = this.#context.machine;
    const begun = clock.monotonic();
    try {
      const profile = await this.#read();
      const change = profileChange(this.#profile, profile, this.#unsettled);
      const { steps, folders, failure } = await this.#carryOut(profile, change);
      if (failure !== undefined) throw failure;
      const { changed, gone } = change;
      const ms = clock.monotonic() - begun;
      bus.dispatch({ type: "replanned", at: clock.now(), changed, gone, steps, folders, ms });
    } catch (thrown) {
      if (signal.aborted) return;
      bus.dispatch({ type: "replanFailed", at: clock.now(), failure: report(asFailure(thrown)) });
    }
  }

  /** @throws Failure with every mistake; the files with mistakes are watched, too. */
  async #read(): Promise<Profile> {
    const { reload, cluster, handlers, machine } = this.#context;
    try {
      const profile = await reload();
      this.#wrongFiles = [];
      if (profile.name !== cluster.name || !isOnTheSame(profile, this.#profile)) throw isAnother(this.#profile);
      wantedOf(profile, machine); // refuses a mode that a service cannot be in
      return profile;
    } catch (thrown) {
      const failure = asFailure(thrown);
      const places = [failure.where, ...failure.problems.map(({ where }) => where)];
      this.#wrongFiles = [...new Set(places.flatMap((where) => where?.file ?? []))];
      await handlers.follow(this.#profile, NO_CHANGE);
      throw withWord(failure, "The cluster goes on by the profile as it was.");
    }
  }

  async #carryOut(profile: Profile, change: ProfileChange) {
    const { link, handlers } = this.#context;
    await link.overcome();
    await handlers.leave([...change.changed, ...change.gone]);
    const { steps, failed } = await this.#bring(profile, change).then(
      (count) => ({ steps: count, failed: undefined }),
      (thrown: unknown) => ({ steps: 0, failed: thrown }),
    );
    // Also what could not be brought is swapped by the new profile from now on, and tried again at the next edit.
    this.#profile = profile;
    this.#unsettled = unsettledBy(failed, change);
    const folders = await handlers.follow(profile, change);
    const cause = failed instanceof NotBrought ? failed.cause : failed;
    return { steps, folders, failure: cause === undefined ? undefined : withWord(asFailure(cause), TRIED_AGAIN) };
  }

  /** Gives the number of steps that it took. */
  async #bring(profile: Profile, { affected, changed, gone, recoded }: ProfileChange): Promise<number> {
    const { cluster, machine } = this.#context;
    if (changed.length + gone.length === 0) return 0;
    const only = new Set(affected);
    const given = await this.#inPlace(affected.filter((name) => !recoded.includes(name)));
    const lock = { wait: true, command: `devenv watch ${profile.name}`, signal: machine.signal };
    return withSwapLocks(cluster, [...only], lock, async () => {
      const options = { only, gone: new Set(gone), given, note: () => {} };
      return (await bringNamed(wantedOf(profile, machine), cluster, options, machine)).plan.steps.length;
    });
  }

  /** What runs of these services: an edit of a port brings no newer build. */
  async #inPlace(services: readonly ServiceName[]) {
    const { cluster, machine } = this.#context;
    const deliveries = cluster.mount.observe(services);
    const releases = services.map(async (name) => {
      const release = answeredRelease(deliveries.get(name)?.record);
      return release !== undefined && (await isInStore(release, machine.store)) ? [[name, release] as const] : [];
    });
    return new Map((await Promise.all(releases)).flat());
  }
}

function unsettledBy(failed: unknown, { changed }: ProfileChange): Set<ServiceName> {
  if (failed instanceof NotBrought) return new Set(failed.services.keys());
  return new Set(failed === undefined ? [] : changed);
}

const TRIED_AGAIN = "What did not come is tried again at the next edit of the profile, and by `devenv up`.";

const NO_CHANGE: ProfileChange = { changed: [], gone: [], recoded: [], affected: [] };

const isOnTheSame = (a: Profile, b: Profile): boolean =>
  a.provider === b.provider && a.delivery === b.delivery && hostOf(a) === hostOf(b);

const hostOf = ({ ssh }: Profile): string | undefined => ssh && sshWritten(ssh);

const isAnother = ({ name }: Profile) =>
  userFailure("the profile names another cluster, another provider or another delivery now", {
    hint: `End the watching and bring that one up; \`devenv down\` with the profile as it was ends ${name}.`,
  });

/** The failure, with a word more for who is stuck. */
const withWord = (failure: Failure, word: string): Failure =>
  new Failure(failure.class, failure.message, {
    ...failure,
    cause: failure.cause,
    hint: failure.hint === undefined ? word : `${failure.hint}\n${word}`,
  });
