import type { ContainerTouch } from "../model/surroundings.ts";

/** What was done to a container, and what a person can do about it. */
export interface TouchWords {
  /** To follow the service's name. */
  readonly what: string;
  readonly hint: string | undefined;
}

/** @param container its name; before, where it was renamed */
export function touchInWords(touch: ContainerTouch, container: string): TouchWords {
  switch (touch.is) {
    case "removed":
      return {
        what: `was removed by someone else: there is no ${container} any more`,
        hint: "The next save makes it anew, and so does `devenv up`.",
      };
    case "renamed":
      return {
        what: `was renamed by someone else: ${container} is ${touch.to} now`,
        hint: `\`docker rename ${touch.to} ${container}\` names it back; saves are swapped into it meanwhile.`,
      };
    case "paused":
      return {
        what: `was paused by someone else: it answers nothing until it goes on`,
        hint: `\`docker unpause ${container}\``,
      };
    case "unpaused":
      return { what: "goes on: it is no longer paused", hint: undefined };
    case "outOfMemory":
      return {
        what: `ran out of memory: the kernel ended a process in ${container}`,
        hint: "`mem_limit` in the profile says how much it may have; `docker stats` shows what it takes.",
      };
    default:
      return touch satisfies never;
  }
}
