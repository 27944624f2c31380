import type { Release } from "./artifact.ts";
import type { ArtifactDigest, ServiceName } from "./names.ts";

/** How artifacts reach containers (DESIGN section 2): a folder of this machine that is mounted, or a volume of the daemon. */
export const DELIVERIES = ["mount", "push"] as const;
export type Delivery = (typeof DELIVERIES)[number];

/**
 * What is known of a service's delivered code. The pointers in the mount are the truth; this record only gives them
 * names, and is the write-ahead journal of a swap: it is written before the pointers move, so that a devenv that was
 * killed in between leaves enough behind to put the last good release back.
 */
export interface DeliveryRecord {
  readonly service: ServiceName;
  /** The last release that stayed up for its settling time: what a swap goes back to. Undefined until one has. */
  readonly good?: Release | undefined;
  /** The one that was good before it, with other code: what `devenv rollback` goes back to. */
  readonly previous?: Release | undefined;
  /** A release that was put in place and has not settled yet. */
  readonly trial?: Trial | undefined;
  /** The last roll-back, until the next release answers. */
  readonly rolledBack?: RolledBack | undefined;
}

export interface Trial {
  readonly release: Release;
  /** ISO 8601. */
  readonly since: string;
  /** ISO 8601: since when it answers, and settles. Without it the release has not answered yet. */
  readonly answeredAt?: string | undefined;
}

/** The release that is on its settling time: it answered, and is not good yet. */
export const settlingRelease = (record: DeliveryRecord | undefined): Release | undefined =>
  record?.trial?.answeredAt === undefined ? undefined : record.trial.release;

/** The release that answered last, settled or not: what is taken to run. What to go back to is `good`. */
export const answeredRelease = (record: DeliveryRecord | undefined): Release | undefined =>
  settlingRelease(record) ?? record?.good;

/** Whether a release was put in place that has not answered: where no devenv is busy with it, a swap was interrupted. */
export const isUnanswered = (record: DeliveryRecord | undefined): boolean =>
  record?.trial !== undefined && record.trial.answeredAt === undefined;

export interface RolledBack {
  readonly from: Release;
  readonly reason: string;
  /** ISO 8601. */
  readonly at: string;
}

/** What lies in the mount for one service at this moment. */
export interface ObservedDelivery {
  /** Where `bin/<service>` points, or `config/<service>` of a service without code of ours; undefined for neither. */
  readonly artifact: ArtifactDigest | undefined;
  readonly config: ArtifactDigest | undefined;
  /** Whether its fresh containers run a pre_setup.sh. */
  readonly hasSetup?: boolean | undefined;
  readonly record: DeliveryRecord | undefined;
}
