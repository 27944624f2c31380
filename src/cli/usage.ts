import type { Command, CommanderError } from "commander";
import { type Failure, userFailure } from "../model/failure.ts";

/**
 * What commander says of a wrong command line, as a Failure, so that it is explained (or told as JSON) like every other.
 * Its own words: `error: unknown option '--drz-run'\n(Did you mean --dry-run?)`.
 */
export function usageFailure(error: CommanderError, command: Command): Failure {
  const [first = "", ...rest] = error.message.split("\n");
  const meant = rest.join(" ").replace(/^\((.*)\)$/, "$1 ");
  return userFailure(first.replace(/^error: /, ""), {
    hint: `${meant}\`${fullName(command)} --help\` tells what it takes.`,
  });
}

/** `devenv artifacts prune` */
const fullName = (command: Command): string =>
  command.parent === null ? command.name() : `${fullName(command.parent)} ${command.name()}`;
