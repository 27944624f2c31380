import { stripVTControlCharacters } from "node:util";
import type { Event, OfferEvent } from "../model/event.ts";
import type { SwapStage } from "../model/stage-times.ts";
import { duration } from "../state/duration.ts";
import { settlesIn } from "../state/settling-words.ts";
import { timingBar } from "../state/timing-bar.ts";
import { explain } from "./explain.ts";
import type { Paint } from "./paint.ts";

export interface LineStyle {
  readonly paint: Paint;
  readonly columns: number;
  /** Shown relative to it. */
  readonly workspace: string;
  /** Whether the person is asked about newer builds, below the lines; else is told what to run. */
  readonly asks?: boolean;
}

/** What `devenv watch` prints for an event; undefined for those that a person need not see. */
export function watchLine(event: Event, style: LineStyle): string | undefined {
  const { paint } = style;
  switch (event.type) {
    case "watching":
      return `${watched(event, style.columns)}\nSave a file. Ctrl-C ends the watching, not the cluster.`;
    case "saved":
      return `${head("saved", event, style)} ${paint("dim", paths(event, style))}`;
    case "built":
      return (
        event.isReused && `${head("=", event, style)} same inputs as ${event.release.artifact.build}, nothing built`
      );
    case "committed":
      return `${head("✔", event, style, "green")} ${runs(event)}\n  ${timingBar(event.times, style.columns - 2)}`;
    case "settled":
      return `${head("✔", event, style, "green")} has settled: a roll-back goes back to it`;
    case "unchanged":
      return `${head("=", event, style)} runs ${event.build} already; no restart`;
    case "buildFailed":
      return `${head("✖", event, style, "red")} does not build; the last good binary answers\n${explain(event.failure, paint)}`;
    case "notReady":
      return `${head("✖", event, style, "red")} ${NOT_READY[event.stage]}\n${explain(event.failure, paint)}`;
    case "died":
      return `${head("✖", event, style, "red")} did not stay up\n${explain(event.failure, paint)}`;
    case "rolledBack":
      return `${head("↶", event, style, "yellow")} rolled back to ${event.to} in ${duration(event.ms)}`;
    case "rollbackFailed":
      return `${head("✖", event, style, "red")} could not be rolled back to ${event.to}\n${explain(event.failure, paint)}`;
    case "hookStarted":
      return clipped(`${head("…", event, style)} ${event.hook}: ${event.command.split("\n")[0]}`, style.columns);
    case "hookSaid":
      return `${" ".repeat(TIME_WIDTH)} ${paint("dim", `│ ${event.service}`)} ${event.line}`;
    case "hookEnded":
      return hookEnd(event, style);
    case "heldByMode":
      return held(event, style);
    case "profileChanged":
      if (event.provides !== undefined)
        return `${event.path} changed; \`devenv up\` gives it to ${event.provides.join(", ")}.`;
      return undefined; // what comes of it is told next
    case "paused":
      return paint("yellow", `paused: ${event.reason}`);
    case "resumed":
      return resumed(event, paint);
    case "lockPassed":
      return lockPassed(event, style);
    case "watchFailed":
      return explain(event.failure, paint);
    case "buildOffered":
    case "buildWanted":
    case "buildTaken":
    case "buildNotTaken":
    case "offerDeclined":
      return offerLine(event, style);
    default:
      return undefined;
  }
}

const NOT_READY: Readonly<Record<SwapStage, string>> = {
  build: "does not build",
  deliver: "could not be delivered",
  restart: "could not be restarted",
  ready: "did not come up",
  check: "did not pass its check",
  commit: "could not be written down as what runs",
  settle: "did not stay up",
};

/** Of one that fails and is required, the swap tells. */
function hookEnd(event: Extract<Event, { type: "hookEnded" }>, style: LineStyle): string | undefined {
  const { hook, code, ms, isRequired } = event;
  if (code === 0) return `${head("✔", event, style, "green")} ${hook} is done after ${duration(ms)}`;
  if (isRequired) return undefined;
  const how = code === undefined ? "was ended" : `ended with code ${code}`;
  return `${head("!", event, style, "yellow")} ${hook} ${how}, not required`;
}

/** A plain line; a coloured one is left alone, so that no colour runs on. */
const clipped = (line: string, columns: number): string =>
  line.length > columns && line === stripVTControlCharacters(line) ? `${line.slice(0, columns - 1)}…` : line;

/** What becomes of a newer build of CI. */
function offerLine(event: Exclude<Event & OfferEvent, { type: "offerGone" }>, style: LineStyle): string | undefined {
  const { paint } = style;
  const { service, build } = event;
  const line = (mark: string, words: string) =>
    `${paint("dim", timeOf(event))} ${mark} ${paint("bold", service)} ${words}`;
  switch (event.type) {
    case "buildOffered":
      return style.asks
        ? undefined
        : `${line("★", `${build} is green; ${event.from} runs`)}\n  devenv fetch ${service}`;
    case "buildWanted":
      return line("…", `takes ${build}`);
    case "buildTaken":
      return line(paint("green", "✔"), `runs ${build} after ${duration(event.ms)}`);
    case "buildNotTaken":
      return `${line(paint("red", "✖"), `does not take ${build}`)}\n${explain(event.failure, paint)}`;
    case "offerDeclined":
      return line("=", event.pinned ? `stays on ${event.pinned}: it is pinned` : `leaves ${build} for now`);
  }
}

const runs = ({ build, isReconfigured, settlesInMs }: Extract<Event, { type: "committed" }>): string =>
  isReconfigured ? `runs ${build} with a new config` : `runs ${build}, ${settlesIn(settlesInMs)}`;

type SwapNews = Extract<Event, { generation: unknown }>;

function head(mark: string, event: SwapNews, { paint }: LineStyle, style?: Parameters<Paint>[0]): string {
  const shown = style === undefined ? mark : paint(style, mark);
  // What an earlier devenv was ended in the middle of is of no save of this one.
  const number = event.generation === 0 ? "" : ` ${paint("dim", `#${event.generation}`)}`;
  return `${paint("dim", timeOf(event))} ${shown} ${paint("bold", event.service)}${number}`;
}

/** Of `14:03:07`. */
const TIME_WIDTH = 8;

/** After a storm of changes: how many, and what is built for all of them. */
function resumed({ changed, services = [], ms = 0 }: Extract<Event, { type: "resumed" }>, paint: Paint): string {
  if (changed === undefined) return "resumed";
  const files = changed === 1 ? "1 file" : `${changed} files`;
  const built = services.length === 0 ? "" : `; building ${services.join(", ")}`;
  return paint("green", `resumed after ${duration(ms)}: ${files} changed${built}`);
}

function lockPassed({ path }: Extract<Event, { type: "lockPassed" }>, { paint, workspace }: LineStyle): string {
  const name = path.startsWith(`${workspace}/`) ? path.slice(workspace.length + 1) : path;
  const line = `${name} is held and nothing changes under it: saves are built again`;
  return `${paint("yellow", line)}\n  if no git runs any more: rm ${path}`;
}

const timeOf = (event: Event): string => new Date(event.at).toTimeString().slice(0, 8);

function held(event: Extract<Event, { type: "heldByMode" }>, { paint }: LineStyle): string {
  const { service, mode } = event;
  const [kind] = mode.split(":");
  const words = `is in mode ${kind}: this save waits`;
  return `${paint("dim", timeOf(event))} - ${paint("bold", service)} ${words}\n  devenv use ${service}=local`;
}

/** As many names as fit into the line. */
function watched({ services, folders }: Extract<Event, { type: "watching" }>, columns: number): string {
  for (let shown = services.length; ; shown--) {
    const rest = shown === services.length ? "" : ` and ${services.length - shown} more`;
    const line = `Watching ${services.slice(0, shown).join(", ")}${rest} (${folders} folders).`;
    if (line.length <= columns || shown <= 1) return line;
  }
}

/** The end of a path says more than its beginning. */
function paths(event: Extract<Event, { type: "saved" }>, { workspace, columns }: LineStyle): string {
  const [first = "", ...others] = event.paths.map((path) =>
    path.startsWith(`${workspace}/`) ? path.slice(workspace.length + 1) : path,
  );
  const rest = others.length === 0 ? "" : ` and ${others.length} more`;
  const before = `${timeOf(event)} saved ${event.service} #${event.generation} `.length;
  const room = Math.max(20, columns - before - rest.length);
  return `${first.length <= room ? first : `…${first.slice(1 - room)}`}${rest}`;
}
