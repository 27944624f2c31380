import type { ServiceName } from "../model/names.ts";
import type { OfferAnswer } from "./offers.ts";

/**
 * What a person can ask a running screen for. Each is the flow of a command, and fails as that command does:
 *
 *   swap          what a save does, without one: built from the work tree and swapped in (`devenv watch`)
 *   restart       `devenv restart books`
 *   stop, start   `devenv use books=off`, and back to the mode that it had (`devenv use --clear books`, say)
 *   mode          `devenv use books=MODE`; undefined takes the choice back (`devenv use --clear books`)
 *   pin, unpin    `devenv pin books [BUILD]`: the build that runs where none is named; `devenv unpin books`
 *   rollback      `devenv rollback books`
 *   fetch         `devenv fetch [SERVICE…]`; no service means all that CI builds
 *   pullAll       `devenv pull-all --yes`
 *   answer        to the offer of a newer build of CI; how it ends, the events tell, too
 *   open          the service's address in the person's browser
 *   dockerCommand gives a command that leads docker into its container, as `text`
 *   shell         `devenv exec books sh` on the whole terminal: the screen has to be away until it resolves
 *   keepLog       the lines of a log that is shown into a file that only the person can read; `words` say where it is
 *   down, reset   the commands of these names; `reset` wants the name of the cluster, typed by the person
 */
export type Intent =
  | {
      readonly to: "swap" | "restart" | "unpin" | "rollback" | "open" | "dockerCommand" | "shell";
      readonly service: ServiceName;
    }
  | { readonly to: "stop" | "start"; readonly service: ServiceName }
  /** As `devenv use` takes it: `local`, `ci`, `off`, `host:9090`, `remote:https://…`. */
  | { readonly to: "mode"; readonly service: ServiceName; readonly mode: string | undefined }
  | {
      readonly to: "pin";
      readonly service: ServiceName;
      readonly build?: string | undefined;
      readonly reason?: string | undefined;
    }
  | { readonly to: "fetch"; readonly services: readonly ServiceName[] }
  | { readonly to: "answer"; readonly service: ServiceName; readonly answer: OfferAnswer }
  /** `of` is the service whose log it is; undefined for that of all. */
  | { readonly to: "keepLog"; readonly of: ServiceName | undefined; readonly lines: () => Iterable<string> }
  | { readonly to: "pullAll" | "down" }
  | { readonly to: "reset"; readonly name: string };

/** What an intent came to, in words for a person. */
export interface Done {
  /** One line: `books answers again after 17 ms`. */
  readonly words: string;
  /** What a person should know beside it, each one line: who depends on what is off now. */
  readonly notes: readonly string[];
  /** From the order to its end; of `restart` and `start`, to the first answer. */
  readonly ms: number;
  /** What was asked for as text: of `dockerCommand`, the command. */
  readonly text?: string | undefined;
}

export interface Intents {
  /**
   * Carries one out, beside all others that are under way. Nothing is printed: steps are told as events (`planned`,
   * `stepStarted`, …), and `hear` gets words about who is waited for.
   * @throws Failure as the command does; one that says so where the service is in a state that the intent makes no
   * sense in; `interrupted` where the screen was left meanwhile.
   */
  perform(intent: Intent, hear?: (words: string) => void): Promise<Done>;
}
