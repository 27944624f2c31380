import { addAbortSignal, type Readable } from "node:stream";
import { buffer } from "node:stream/consumers";
import type Modem from "docker-modem";

type Dial = (options: DialOptions, callback: (error: unknown, answer: unknown) => void) => void;

/** As docker-modem takes them, as far as they are looked at here. */
interface DialOptions {
  readonly isStream?: boolean;
  readonly hijack?: boolean;
  readonly openStdin?: boolean;
  readonly abortSignal?: AbortSignal;
}

/**
 * Has a call fail (ECONNRESET) whose connection is cut in the middle of its answer. Left to itself, docker-modem hears
 * only how an answer ends well: a wait for a container, whose answer begins at once, would go on for ever.
 */
export function withWholeAnswers(modem: Modem): Modem {
  const dial: Dial = modem.dial.bind(modem) as never;
  const dialWhole: Dial = (options, callback) => {
    if (options.isStream || options.hijack || options.openStdin) return dial(options, callback);
    dial({ ...options, isStream: true }, (error, answer) => {
      if (error) return callback(error, null);
      const stream = answer as Readable;
      if (options.abortSignal) addAbortSignal(options.abortSignal, stream);
      buffer(stream).then(
        (bytes) => callback(null, parsed(bytes)),
        (thrown) => callback(thrown, null),
      );
    });
  };
  return Object.assign(modem, { dial: dialWhole });
}

/** As docker-modem gives it: what is no JSON as its bytes. */
function parsed(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString()) || bytes;
  } catch {
    return bytes;
  }
}
