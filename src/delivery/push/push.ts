import { dirname, join } from "node:path";
import { failed } from "../../model/failure.ts";
import type { ArtifactDigest, ServiceName } from "../../model/names.ts";
import { type Artifacts, codeOf, entryOf, type Mount, placeRelease } from "../mount.ts";
import { POINTERS, usesOf } from "../uses.ts";
import { intendedBy } from "./intended.ts";
import { mend, type Order, sendSwiftly } from "./orders.ts";
import { Receiver, ReceiverLost } from "./receiver.ts";
import { ensureHelper, type HelperContext, volumeOf, wireTo } from "./receiver-container.ts";
import { Receivers } from "./receivers.ts";

export interface PushContext extends Omit<HelperContext, "busybox"> {
  readonly artifacts: Artifacts;
  /** Whether another devenv is at the pointers of a service: a mending leaves them to it. */
  readonly isBusy: (service: string) => Promise<boolean>;
}

/**
 * Delivery by `push`: a volume of the cluster has what the local mount has, brought there through the daemon. The local
 * mount is what is intended, and the journal; what the volume really has, the daemon is asked. Each move is made in the
 * volume first and here after it, so that a cut in the middle leaves both on the old, or the volume on what `prepare` or
 * the journal's trial takes back.
 */
export const openPush = (local: Mount, context: PushContext): Mount => new Push(local, context);

/** How often what a pointer is to lead to may vanish from the volume until something is very wrong. */
const ATTEMPTS = 3;

class Push implements Mount {
  readonly folder: string;
  readonly volume: string;
  readonly #local: Mount;
  readonly #context: PushContext;
  readonly #receivers = new Receivers(() => this.#open());
  readonly #closing = new AbortController();
  #ensuring: Promise<void> | undefined;
  /** Entries that the volume had when it was asked, and those that were sent since. */
  #entries: Set<string> | undefined;
  #pointers: Map<string, string> | undefined;

  constructor(local: Mount, context: PushContext) {
    this.folder = local.folder;
    this.volume = volumeOf(context.cluster);
    this.#local = local;
    this.#context = context;
  }

  observe: Mount["observe"] = (services) => this.#local.observe(services);
  record: Mount["record"] = (record) => this.#local.record(record);

  /** Brings the volume to what the local mount has: at first all of it, later what is not the same. */
  prepare: Mount["prepare"] = async (platform) => {
    await this.#local.prepare(platform);
    await this.#mend();
  };

  point: Mount["point"] = async (service, release) => {
    const { artifacts } = this.#context;
    await placeRelease(this.folder, service, release, artifacts);
    await this.#deliver(service, [
      ...pointing(`config/${service}`, release.config),
      ...pointing(`bin/${service}`, codeOf(release)),
    ]);
    await this.#local.point(service, release);
  };

  pointSetups: Mount["pointSetups"] = async (services, scripts) => {
    await this.#local.pointSetups(services, scripts);
    const differing = services.filter((name) => this.#pointers?.get(`setup/${name}`) !== scripts.get(name));
    const moves = differing.flatMap((name) => pointing(`setup/${name}`, scripts.get(name)));
    if (moves.length > 0) await this.#deliver("pre_setup.sh", moves);
  };

  forget: Mount["forget"] = async (service) => {
    await this.#deliver(
      service,
      POINTERS.map((kind) => ({ kind: "remove", path: `${kind}/${service}` })),
    );
    await this.#local.forget(service);
  };

  prune: Mount["prune"] = async (minimumAgeMs = 60_000) => {
    const pruned = await this.#local.prune(minimumAgeMs);
    // What fills a disk elsewhere for a while is no reason to fail: the next time takes it.
    await this.#prune(Math.ceil(minimumAgeMs / 1000)).catch(() => undefined);
    return pruned;
  };

  /** The volume is the daemon's to remove, as every volume of the cluster is. */
  clear: Mount["clear"] = () => this.#local.clear();

  warm: Mount["warm"] = () => this.#receivers.use((receiver) => this.#learn(receiver));

  close: Mount["close"] = () => {
    this.#closing.abort();
    this.#receivers.close();
  };

  /** A line to a receiver. Where there is no helper to run it in, it is made; one that was ended is started. */
  async #open(): Promise<Receiver> {
    const { signal } = this.#closing;
    const wire = wireTo(this.#context);
    try {
      return await Receiver.open(wire, signal);
    } catch (thrown) {
      if (!(thrown instanceof ReceiverLost) || signal.aborted) throw thrown;
    }
    this.#entries = undefined;
    this.#ensuring ??= ensureHelper({ ...this.#context, busybox: join(this.folder, "init", "busybox") }).finally(() => {
      this.#ensuring = undefined;
    });
    await this.#ensuring;
    return Receiver.open(wire, signal);
  }

  async #learn(receiver: Receiver): Promise<void> {
    if (this.#entries !== undefined) return;
    const { entries, pointers } = await receiver.list();
    this.#entries = new Set(entries);
    this.#pointers = new Map(pointers);
  }

  async #mend(): Promise<void> {
    const intended = await intendedBy(this.folder);
    const there = await this.#receivers.use((receiver) => receiver.list());
    const services = [...intended.pointers.keys(), ...there.pointers.keys()].map((path) => path.split("/")[1] ?? "");
    const busy = new Set<string>();
    for (const name of new Set(services)) if (await this.#context.isBusy(name)) busy.add(name);
    const sources = {
      init: (name: string) => join(this.folder, "init", name),
      entry: (digest: ArtifactDigest) => entryOf(this.folder, digest),
    };
    const { sent, pointed } = mend(there, intended, sources, (service) => busy.has(service));
    await Promise.all(sent.map((order) => this.#receivers.use((receiver) => receiver.perform([order]))));
    this.#entries = new Set([...there.entries, ...intended.pointers.values()]);
    this.#pointers = new Map(intended.pointers);
    if (pointed.length > 0) await this.#deliver("the mount", pointed);
  }

  /** Sends what the volume does not have of what these moves lead to, and makes them, in one round trip. */
  async #deliver(what: ServiceName | string, moves: readonly Order[]): Promise<void> {
    const digests = [...new Set(moves.flatMap((move) => (move.kind === "point" ? [move.entry] : [])))];
    for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
      const missing = await this.#receivers.use(async (receiver) => {
        await this.#learn(receiver);
        const lacking = digests.filter((digest) => !this.#entries?.has(digest));
        const sent = lacking.map((digest) => sendSwiftly(digest, entryOf(this.folder, digest)));
        const result = await receiver.perform([...sent, ...moves]);
        if (result === undefined) for (const digest of lacking) this.#entries?.add(digest);
        return result;
      });
      if (missing === undefined) return this.#note(moves);
      this.#entries = undefined;
    }
    throw failed(`${what}: what was delivered disappears from the volume ${this.volume}`, {
      hint: "Another program removes files there; find it, then run `devenv up` again.",
    });
  }

  #note(moves: readonly Order[]): void {
    for (const move of moves) {
      if (move.kind === "point") this.#pointers?.set(move.pointer, move.entry);
      else if (move.kind === "remove") this.#pointers?.delete(move.path);
    }
  }

  async #prune(seconds: number): Promise<void> {
    const named = new Set<string>(usesOf(dirname(this.folder)).map(({ digest }) => digest));
    await this.#receivers.use(async (receiver) => {
      const { entries } = await receiver.list();
      const unnamed = [...entries].filter((entry) => !named.has(entry));
      this.#entries = undefined;
      if (unnamed.length > 0) await receiver.perform(unnamed.map((entry) => ({ kind: "drop", entry, seconds })));
    });
  }
}

/** Has a pointer lead to an entry, or there be none. */
const pointing = (pointer: string, entry: ArtifactDigest | undefined): Order[] =>
  entry === undefined ? [{ kind: "remove", path: pointer }] : [{ kind: "point", pointer, entry }];
