import type { LogLine } from "../docker/daemon.ts";
import type { ServiceName } from "../model/names.ts";

/** A start of the program, as the supervisor tells it. */
export interface Started {
  /** First twelve characters of the digest that the pointer named. */
  readonly digest: string;
  /** The program's process, as the container numbers it. */
  readonly pid: number;
}

export interface Ended {
  /** As the supervisor tells it; undefined when the stream ended without its word. */
  readonly code: number | undefined;
  /** A signal had told it to: a stop of its container. */
  readonly wasTold?: true | undefined;
}

/** As supervise.sh reads it. */
export const RESTART = "devenv: restart\n";

export type Said = Started | Ended;

/** Reads the two sentences of supervise.sh out of a service's lines. */
export function supervisorOf(service: ServiceName): (line: LogLine) => Said | undefined {
  const started = `devenv: started ${service} `;
  const ended = `devenv: ${service} ended with code `;
  return ({ stream, isTerminal, text }) => {
    if (stream !== "stderr" && !isTerminal) return undefined;
    if (text.startsWith(ended)) return endOf(text.slice(ended.length));
    if (!text.startsWith(started)) return undefined;
    const [, digest, pid] = /^(\w+) \(pid (\d+)\)$/.exec(text.slice(started.length)) ?? [];
    return digest === undefined ? undefined : { digest, pid: Number(pid) };
  };
}

function endOf(words: string): Ended | undefined {
  const [, code, wasTold] = /^(\d+)(, as it was told)?$/.exec(words) ?? [];
  return code === undefined ? undefined : { code: Number(code), ...(wasTold && { wasTold: true }) };
}

/** Whether a line of a service's output is its supervisor's word of a start. */
export const isStart = (line: LogLine, service: ServiceName): boolean => {
  const said = supervisorOf(service)(line);
  return said !== undefined && "digest" in said;
};

const OURS =
  /^devenv: (started \S+ \w+ \(pid \d+\)|\S+ ended with code \d+(, as it was told)?|pre_setup\.sh of \S+ (begins|ended with code \d+))$/;

/** Lines as text for a person, without those of our scripts in the container; undefined when nothing is left. */
export function textOf(lines: readonly LogLine[]): string | undefined {
  const own = lines.filter(({ stream, text }) => stream === "stdout" || !OURS.test(text));
  return own.length === 0 ? undefined : own.map(({ text }) => text).join("\n");
}
