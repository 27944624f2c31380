import type { Selection } from "./active.ts";
import type { Checked } from "./checked.ts";
import type { ReadOptions } from "./read-options.ts";
import type { Variables } from "./variables.ts";

/** All that a service's entry is resolved against. */
export interface Surroundings
  extends Pick<ReadOptions, "workspace" | "home" | "readFile">,
    Pick<Checked, "data" | "problems" | "raw" | "mayHave">,
    Pick<Variables, "isSecret" | "lookup"> {
  readonly file: string;
  readonly cluster: string;
  /** The value of CLUSTER_ENV. */
  readonly clusterEnvironment: string;
  readonly selection: Selection;
}
