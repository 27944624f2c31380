import { PassThrough } from "node:stream";
import { StringDecoder } from "node:string_decoder";
import { TerminalInput } from "./terminal-input.ts";

/** The keys of a terminal, which can be left to another program for a while. */
export interface Keyboard {
  /** What Ink is given for standard input. */
  readonly keys: NodeJS.ReadStream;
  /** Every key comes here from now on, none is echoed, and Ctrl-C is a key; also again, after somebody changed that. */
  take(): void;
  release(): void;
}

/**
 * Ink would not give standard input back: what it reads is a stream of its own, filled while the keyboard is ours.
 * @param paste gets each text that is pasted, which is no keys
 */
export function createKeyboard(stdin: NodeJS.ReadStream, paste: (text: string) => void): Keyboard {
  const keys = new PassThrough();
  const decoder = new StringDecoder("utf8");
  const input = new TerminalInput({
    keys: (text) => void keys.write(text),
    // Ink takes the keys before it in the next turn only.
    paste: (text) => void setImmediate(paste, text),
  });
  const hear = (chunk: Buffer) => input.heed(decoder.write(chunk));
  const isMine = () => keys;
  return {
    // Of a terminal's, Ink asks for these and no others.
    keys: Object.assign(keys, {
      isTTY: true,
      setRawMode: isMine,
      ref: isMine,
      unref: isMine,
    }) as unknown as NodeJS.ReadStream,
    take: () => {
      stdin.off("data", hear);
      // What a shell did to the terminal meanwhile, Node does not know: it would think that nothing has to be done.
      stdin.setRawMode(false);
      stdin.setRawMode(true);
      stdin.on("data", hear).resume();
    },
    release: () => {
      stdin.off("data", hear).pause();
      stdin.setRawMode(false);
    },
  };
}
