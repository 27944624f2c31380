import type { Profile } from "../model/profile.ts";
import type { Done } from "../state/intents.ts";
import type { Machine } from "./machine.ts";
import type { RepositoryFeed } from "./repository-feed.ts";
import type { SaveSeat } from "./save-seat.ts";
import type { StatusFeed } from "./status-feed.ts";

/** The terminal that a screen is on. */
export interface AtTerminal {
  readonly stdin: NodeJS.ReadStream;
  readonly stdout: NodeJS.WriteStream;
}

/** What the screen stands on. */
export interface Stage {
  /** As it is at the moment. */
  readonly profile: () => Profile;
  /** Reads the profile anew. @throws Failure with every mistake in it. */
  readonly reload: () => Promise<Profile>;
  readonly terminal: AtTerminal;
  readonly feed: StatusFeed;
  readonly seat: SaveSeat;
  readonly repositories: RepositoryFeed;
  readonly machine: Machine;
}

/** What a deed takes: its steps are told on the machine's bus, and `hear` gets words about who is waited for. */
export interface Deed extends Stage {
  readonly hear: (words: string) => void;
}

/** What a deed came to; without a time of its own, it took as long as it took. */
export type Came = Pick<Done, "words" | "text"> & Partial<Pick<Done, "notes" | "ms">>;
