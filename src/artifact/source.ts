import type { Readable } from "node:stream";
import type { Artifact, Platform } from "../model/artifact.ts";
import type { ArtifactDigest, ServiceName } from "../model/names.ts";

/** What a source offers for one service: its artifacts by platform, its config tree, its pre_setup.sh. */
export interface Offer {
  readonly artifact: Artifact;
  /** Undefined when it runs anywhere (a front end). */
  readonly platform: Platform | undefined;
  readonly size: number;
  /** Opens the content: the file, or the tar of the tree. */
  open(): Promise<Readable>;
}

export interface ContentOffer {
  readonly digest: ArtifactDigest;
  readonly size: number;
  open(): Promise<Readable>;
}

export interface ServiceOffers {
  readonly service: ServiceName;
  /** One a platform. */
  readonly artifacts: readonly Offer[];
  readonly config: ContentOffer | undefined;
  /** `container/bin/pre_setup.sh`. */
  readonly setup?: ContentOffer | undefined;
}

/** CI's newest builds. The one-method port that every kind of source stands behind. */
export interface Source {
  /** @throws Failure: no such folder, a manifest that does not parse (with its position). */
  latest(): Promise<ReadonlyMap<ServiceName, ServiceOffers>>;
}
