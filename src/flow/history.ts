import { join } from "node:path";
import { clusterFolder } from "../host/folders.ts";
import { lockHolder } from "../host/lock.ts";
import { RecordFile } from "../host/record-file.ts";
import { asFailure, environmentFailure, report } from "../model/failure.ts";
import type { Profile } from "../model/profile.ts";
import { asSwapRecord, isOver, type SwapRecord } from "../model/swap-record.ts";
import { interruptedRecords, laterRecord, leftOpen, nextRecords, type OpenRecords } from "../state/swap-records.ts";
import { type Cluster, watchLock } from "./cluster.ts";
import type { Machine } from "./machine.ts";
import { namedService } from "./services.ts";

/** Of some 2,000 swaps; half of it is kept when it is reached. */
const MAX_BYTES = 2 * 1024 * 1024;

type Place = Pick<Cluster, "folder">;

/** A cluster's history: it survives `down`, and goes with the cluster's folder. */
const historyFile = ({ folder }: Place): RecordFile<SwapRecord> =>
  new RecordFile(
    join(folder, "history.ndjson"),
    { parse: asSwapRecord, idOf: ({ id }) => id, later: laterRecord },
    { lock: join(folder, "locks", "_history"), maxBytes: MAX_BYTES },
  );

/** The records of a cluster's swaps, the oldest first. What is under way while nobody watches was interrupted. */
async function readHistory(place: Place): Promise<SwapRecord[]> {
  const records = await historyFile(place).read();
  if ((await lockHolder(watchLock(place))) !== undefined) return records;
  return records.map((record) => (record.outcome === "underWay" ? { ...record, outcome: "interrupted" } : record));
}

/**
 * `devenv history`: the records of a profile's cluster, or of one of its services; also of one that the profile no
 * longer has.
 * @throws Failure (exit code 2) for a service that is in neither.
 */
export async function historyOf(
  profile: Profile,
  service: string | undefined,
  { folders }: Pick<Machine, "folders">,
): Promise<SwapRecord[]> {
  const records = await readHistory({ folder: clusterFolder(folders, profile.name) });
  if (service === undefined) return records;
  const own = records.filter((record) => record.service === service);
  if (own.length === 0) namedService(profile, service);
  return own;
}

/**
 * Runs a save loop, and keeps a record of each of its swaps from the events on the bus. A finished one is told there,
 * too, as `swapRecord`. A history that cannot be written is told once, and keeps nobody from saving.
 */
export async function withHistory(
  cluster: Pick<Cluster, "folder" | "mount">,
  machine: Pick<Machine, "bus" | "clock">,
  body: () => Promise<void>,
): Promise<void> {
  const history = new History(cluster, machine);
  await history.begin();
  try {
    await body();
  } finally {
    await history.end();
  }
}

class History {
  readonly #cluster: Pick<Cluster, "folder" | "mount">;
  readonly #machine: Pick<Machine, "bus" | "clock">;
  readonly #file: RecordFile<SwapRecord>;
  #open: OpenRecords = new Map();
  #isTold = false;
  #unsubscribe: () => void = () => {};

  constructor(cluster: Pick<Cluster, "folder" | "mount">, machine: Pick<Machine, "bus" | "clock">) {
    this.#cluster = cluster;
    this.#machine = machine;
    this.#file = historyFile(cluster);
  }

  async begin(): Promise<void> {
    const unfinished = (await this.#read()).filter((record) => !isOver(record));
    const services = [...new Set(unfinished.map(({ service }) => service))];
    const deliveries = services.length === 0 ? new Map() : this.#cluster.mount.observe(services);
    const { open, written } = leftOpen(unfinished, (service) => deliveries.get(service)?.record);
    this.#open = open;
    this.#write(written);
    this.#unsubscribe = this.#machine.bus.subscribe((event) => {
      const next = nextRecords(this.#open, event);
      this.#open = next.open;
      this.#write(next.written);
    });
  }

  async end(): Promise<void> {
    this.#unsubscribe();
    this.#write(interruptedRecords(this.#open));
    await this.#file.close().catch(() => undefined);
  }

  async #read(): Promise<SwapRecord[]> {
    try {
      return await this.#file.read();
    } catch (thrown) {
      this.#tell(thrown);
      return [];
    }
  }

  #write(records: readonly SwapRecord[]): void {
    if (records.length === 0) return;
    const { bus, clock } = this.#machine;
    for (const record of records.filter(isOver)) bus.dispatch({ type: "swapRecord", at: clock.now(), record });
    this.#file.append(records).catch((thrown: unknown) => this.#tell(thrown));
  }

  #tell(thrown: unknown): void {
    if (this.#isTold) return;
    this.#isTold = true;
    const { bus, clock } = this.#machine;
    const hint = "Saves go on without it. Is the disk full, or the folder somebody else's?";
    const failure = environmentFailure(`the history of swaps cannot be kept: ${asFailure(thrown).message}`, { hint });
    bus.dispatch({ type: "watchFailed", at: clock.now(), failure: report(failure) });
  }
}
