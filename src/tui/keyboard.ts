import { PassThrough } from "node:stream";

/** The keys of a terminal, which can be left to another program for a while. */
export interface Keyboard {
  /** What Ink is given for standard input. */
  readonly keys: NodeJS.ReadStream;
  /** Every key comes here from now on, none is echoed, and Ctrl-C is a key; also again, after somebody changed that. */
  take(): void;
  release(): void;
}

/** Ink would not give standard input back: what it reads is a stream of its own, filled while the keyboard is ours. */
export function createKeyboard(stdin: NodeJS.ReadStream): Keyboard {
  const keys = new PassThrough();
  const hear = (chunk: Buffer) => void keys.write(chunk);
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
