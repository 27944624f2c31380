import type { Machine } from "../flow/machine.ts";
import type { Profile } from "../model/profile.ts";
import type { Redactor } from "../model/secret.ts";
import type { Live } from "../state/live.ts";
import { columnsOf, folded } from "./fold.ts";

/** Options that every command takes. */
export interface GlobalOptions {
  readonly json?: boolean;
  /** Profile by name or path. */
  readonly profile?: string;
  /** `-f`: files that are merged in their order. */
  readonly file?: readonly string[];
  /** `--no-color`. */
  readonly color?: boolean;
}

/** What a command is run with: where it writes, what the person asked for everywhere, and the machine. */
export interface Session {
  readonly stdin: NodeJS.ReadStream;
  readonly stdout: NodeJS.WriteStream;
  readonly stderr: NodeJS.WriteStream;
  readonly json: boolean;
  /** A person looks at a terminal that can be repainted. */
  readonly isLive: boolean;
  readonly color: boolean;
  /** What all that is written passes: it knows the values that are never shown, once they were read. */
  readonly secrets: Redactor;
  readonly machine: Machine;
  /** Says that the command's work does not end with its reader (`devenv up | head`, a terminal that is closed). */
  goOnUnread(): void;
  /** Says that a program which has the terminal now decides what Ctrl-C does, however often it is pressed. */
  leaveInterrupts(): void;
  /** Reads the profile that the command means; by name or path, else the workspace's own. */
  profile(nameOrPath?: string): Promise<Profile>;
  /**
   * Shows a cluster on the whole terminal until the person quits, or the machine's signal is aborted. Gives what became
   * of the cluster, where the person had it brought down.
   */
  show(live: Live): Promise<string | undefined>;
}

/** One line of JSON on standard output. */
export function printJson(session: Session, value: unknown): void {
  session.stdout.write(`${session.secrets.json(value)}\n`);
}

/** One line for a person. */
export function say(session: Session, line: string): void {
  session.stdout.write(`${session.secrets.text(line)}\n`);
}

/** Words for a person, a failure say, that go on at a word where the terminal's line ends; a table is for `say`. */
export const sayWords = (session: Session, text: string): void => write(session, session.stdout, text);

/** Words beside the result, on standard error: what is waited for, what is odd. */
export const note = (session: Session, text: string): void => write(session, session.stderr, text);

/** Broken into lines once no secret is in it: one with a blank would not be found any more. */
function write({ secrets }: Session, stream: NodeJS.WriteStream, text: string): void {
  stream.write(`${folded(secrets.text(text), columnsOf(stream))}\n`);
}
