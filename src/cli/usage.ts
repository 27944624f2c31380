import type { Command, CommanderError } from "commander";
import { type Failure, userFailure } from "../model/failure.ts";

/**
 * What commander says of a wrong command line, as a Failure, so that it is explained (or told as JSON) like every other.
 * Its own words: `error: unknown option '--drz-run'\n(Did you mean --dry-run?)`.
 */
export function usageFailure(error: CommanderError, command: Command): Failure {
  const [first = "", ...rest] = error.message.split("\n");
  const meant = rest.join(" ").replace(/^\((.*)\)$/, "$1 ");
  const name = command.parent === null ? command.name() : `${command.parent.name()} ${command.name()}`;
  return userFailure(first.replace(/^error: /, ""), { hint: `${meant}\`${name} --help\` tells what it takes.` });
}
