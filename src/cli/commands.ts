import { type Command, InvalidArgumentError } from "commander";
import type { Session } from "./session.ts";

/** What the file of a command is given to put it on the command line. */
export interface Commands {
  readonly program: Command;
  /** Opens a session for the options that were given and runs the command's body in it. */
  run(body: (session: Session) => Promise<number> | Promise<void>): Promise<void>;
  /** Has a command take nothing for itself: what follows its name, options and all, is for the program that it runs. */
  passOn(command: Command): void;
  /** The profile that was named as an argument, or with `--profile`. */
  profileOf(argument?: string): string | undefined;
}

/** For options that count something. */
export function wholeNumber(text: string): number {
  const number = Number(text);
  if (!Number.isInteger(number) || number < 0) throw new InvalidArgumentError("It takes a whole number.");
  return number;
}

/** For options that take so many at least. */
export function atLeastOne(text: string): number {
  const number = wholeNumber(text);
  if (number === 0) throw new InvalidArgumentError("It takes a number from 1 on.");
  return number;
}
