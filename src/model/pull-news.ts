import type { BuildName } from "./artifact.ts";
import type { FailureReport } from "./failure.ts";
import type { ServiceName } from "./names.ts";
import type { Move } from "./repository.ts";

/** A repository that a pull in the background moved. */
export interface MovedRepository {
  readonly name: string;
  readonly branch: string | undefined;
  readonly move: Move;
  /** Services whose code moved with it. */
  readonly services: readonly ServiceName[];
}

/** A repository that a pull in the background could not move. */
export interface NotPulled {
  readonly name: string;
  /** Why, as `devenv pull-all` says it. */
  readonly words: string;
  /** What to run about it; undefined where there is nothing to do. */
  readonly command: string | undefined;
}

/** What became of a service whose code moved, and that runs CI's. */
export interface RefreshedService {
  readonly service: ServiceName;
  readonly from: BuildName | null;
  readonly to: BuildName | null;
  /** Its container runs CI's new build now; or did not answer with it and runs what it ran before; or it was not had. */
  readonly outcome: "swapped" | "rolledBack" | "failed";
  readonly failure?: FailureReport | undefined;
}

/**
 * What `devenv watch` tells of its pulls in the background (`x-devenv.repos_every`). The story of one: pulled, where
 * there is anything new to be told -> refreshed, where CI has a newer build of what moved. Or pullFailed.
 */
export type PullNews =
  | {
      readonly type: "pulled";
      readonly moved: readonly MovedRepository[];
      /** Left alone though the remote may have something, for another reason than was told before. */
      readonly left: readonly NotPulled[];
      /** Could not be asked, which was not told before. */
      readonly failed: readonly NotPulled[];
      /** Of those that were told as left alone or failed, the ones that are not any more. */
      readonly well: readonly string[];
      readonly ms: number;
    }
  | { readonly type: "refreshed"; readonly services: readonly RefreshedService[]; readonly ms: number }
  /** Nothing could be pulled at all. Told once, until a pull has worked again. */
  | { readonly type: "pullFailed"; readonly failure: FailureReport };
