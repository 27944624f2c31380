import type { LogLine } from "../docker/daemon.ts";
import { EXIT, userFailure } from "../model/failure.ts";
import type { ServiceName } from "../model/names.ts";
import { type Commands, wholeNumber } from "./commands.ts";
import { type Paint, painter } from "./paint.ts";
import { printJson, type Session } from "./session.ts";

interface LogsOptions {
  readonly follow: boolean;
  readonly tail?: number;
  readonly since?: string;
  readonly timestamps: boolean;
}

export function defineLogs({ program, run, profileOf }: Commands): void {
  program
    .command("logs")
    .description("what the services print, merged")
    .argument("[service...]", "only these")
    .option("-f, --follow", "go on as they print more, across restarts", false)
    .option("-n, --tail <lines>", "begin with the last lines only", wholeNumber)
    .option("--since <time>", "from a time on (2026-11-20T14:03:07Z), or for so long (10m, 1h30m)")
    .option("-t, --timestamps", "with the time of each line", false)
    .action((services: string[], { tail, since, follow, timestamps }: LogsOptions) =>
      run((session) => {
        const from = since === undefined ? undefined : startOf(since, session.machine.clock.now());
        return logs(session, { services, profile: profileOf(), tail, since: from, follow, timestamps });
      }),
    );
}

interface LogsArguments {
  readonly services: readonly string[];
  readonly profile: string | undefined;
  readonly follow: boolean;
  readonly tail: number | undefined;
  readonly since: string | undefined;
  readonly timestamps: boolean;
}

/** Ctrl-C is how a followed log is left: it needs no word, only its exit code. */
async function logs(session: Session, options: LogsArguments): Promise<number> {
  const profile = await session.profile(options.profile);
  const { logs: readLogs } = await import("../flow/logs.ts");
  const paint = painter(session.color);
  const style = linePainter(
    profile.services.map(({ name }) => name),
    options,
    paint,
  );
  for await (const line of readLogs(profile, options, session.machine)) {
    if (session.json)
      printJson(session, { service: line.service, stream: line.stream, time: line.time, text: line.text });
    else await write(session, style(line));
  }
  return session.machine.signal.aborted ? EXIT.interrupted : EXIT.done;
}

const UNIT_MS: Readonly<Record<string, number>> = { d: 86_400_000, h: 3_600_000, m: 60_000, s: 1000 };

/** The time that `--since` means, as RFC 3339: a time, or a duration back from now. */
function startOf(since: string, nowMs: number): string {
  const parts = [...since.matchAll(/(\d+)([dhms])/g)];
  const isDuration = parts.length > 0 && parts.map(([part]) => part).join("") === since;
  const ms = parts.reduce((sum, [, count, unit]) => sum + Number(count) * (UNIT_MS[unit ?? ""] ?? 0), 0);
  if (isDuration) return new Date(nowMs - ms).toISOString();
  const at = /^\d{4}-\d\d-\d\d/.test(since) ? Date.parse(since) : Number.NaN;
  if (!Number.isNaN(at)) return new Date(at).toISOString();
  throw userFailure(`--since ${since} is no time`, {
    hint: "Give a time like 2026-11-20T14:03:07Z or 2026-11-20, or a duration like 10m or 1h30m.",
  });
}

/** Waits for a slow reader, so that `devenv logs | less` does not fill the memory. */
async function write(session: Session, line: string): Promise<void> {
  if (session.stdout.write(`${session.secrets.text(line)}\n`)) return;
  await new Promise((resolve) => session.stdout.once("drain", resolve));
}

const COLOURS = ["cyan", "green", "magenta", "yellow", "blue"] as const;

/** `books | text`, a colour a service; the name is left out when only one was asked for. */
function linePainter(names: readonly ServiceName[], options: LogsArguments, paint: Paint): (line: LogLine) => string {
  const width = Math.max(...names.map((name) => name.length));
  const alone = options.services.length === 1;
  return ({ service, text, time }) => {
    const colour = COLOURS[names.indexOf(service) % COLOURS.length] ?? "cyan";
    const prefix = alone ? "" : `${paint(colour, `${service.padEnd(width)} |`)} `;
    const stamp = options.timestamps && time !== undefined ? `${paint("dim", time)} ` : "";
    const own = text.startsWith("devenv: ") ? paint("dim", text) : text;
    return `${prefix}${stamp}${own}`;
  };
}
