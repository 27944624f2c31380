import type { Selection } from "./active.ts";
import type { ProfileData } from "./compose-schema.ts";
import type { Lookup } from "./interpolate.ts";
import type { ProblemList } from "./problem-list.ts";
import type { Validated } from "./validate.ts";

/** A profile that passed the schema, with what the checks need to name places. */
export interface Checked {
  readonly data: ProfileData;
  /** The same before the schema: tells a list from a mapping. */
  readonly raw: unknown;
  readonly mayHave: Validated["mayHave"];
  readonly problems: ProblemList;
  /** Variables, for COMPOSE_PROFILES. */
  readonly lookup: Lookup;
}

/** What the checks of one profile are made with. */
export interface Scene extends Checked {
  readonly selection: Selection;
  /** Every key under `services`, also of those that did not pass the schema. */
  readonly names: ReadonlySet<string>;
}
