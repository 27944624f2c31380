import type { Readable } from "node:stream";
import type { ArtifactKind, BuildName, Checksum, Packing, Platform } from "../model/artifact.ts";
import type { ServiceName } from "../model/names.ts";

/** Which builds of a service a source is asked for. */
export type WantedBuild =
  | { readonly is: "newest" }
  /** `124` of `ci:124`. */
  | { readonly is: "numbered"; readonly number: string }
  /** Every build that the source still has. */
  | { readonly is: "all" };

/** What CI built of one service in one build. */
export interface CiBuild {
  readonly service: ServiceName;
  readonly name: BuildName;
  readonly commit: string | undefined;
  /** ISO 8601: when it was built, where the source knows. */
  readonly at: string | undefined;
  /** One a platform. */
  readonly artifacts: readonly Offer[];
  /** Its `container/etc`. */
  readonly config: Content | undefined;
  /** Its `container/bin/pre_setup.sh`. */
  readonly setup: Content | undefined;
}

export interface Offer {
  /** Undefined when it runs anywhere (a front end). */
  readonly platform: Platform | undefined;
  readonly content: Content;
}

/** One thing that can be had from a source. Its digest may not be known before it was fetched. */
export interface Content {
  /** A word for the person who waits or is stuck: a URL without credentials, a path. */
  readonly from: string;
  /**
   * Names the content for good where no checksum does (policy `exists`): the same key never stands for other bytes. A
   * URL with the build's number in it, or with the ETag beside it.
   */
  readonly key: string;
  readonly kind: ArtifactKind;
  readonly packing: Packing;
  /** The one file or folder of an archive that is meant; undefined for all of it. */
  readonly member: string | undefined;
  /** Of the bytes that `open` gives, packed as they are. */
  readonly checksum: Checksum | undefined;
  /** How many bytes `open` gives, where it is known. */
  readonly size: number | undefined;
  /**
   * Opens it from an offset (in bytes) on; see Opened. A `version` is the one that an earlier part was of: what has
   * another one by now begins at 0.
   * @throws Failure that says what the server said, and where.
   */
  open(offset: number, signal?: AbortSignal, version?: string): Promise<Opened>;
}

export interface Opened {
  readonly stream: Readable;
  /** The offset at which the stream begins: 0 where the source cannot begin elsewhere. */
  readonly offset: number;
  /** How many bytes the whole has, where the server says it. */
  readonly size?: number | undefined;
  /** Names the very bytes that the stream is a part of, where the server does: a strong ETag or date. */
  readonly version?: string | undefined;
}

export type CiBuilds = ReadonlyMap<ServiceName, readonly CiBuild[]>;

/** CI's builds. The one-method port that every kind of source stands behind. */
export interface Source {
  /**
   * Takes which builds are wanted of which services; gives those that there are, newest first. A service of which there
   * is none is missing or has an empty list; services that were not asked for may be there too. One call costs at most
   * one request a service where nothing changed; of a new build, a server may be asked for its checksums, too.
   * @throws Failure: no such folder or server, no permission, a manifest that does not parse (with its position).
   */
  builds(wanted: ReadonlyMap<ServiceName, WantedBuild>, signal?: AbortSignal): Promise<CiBuilds>;
}
