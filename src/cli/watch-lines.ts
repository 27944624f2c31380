import type { Event } from "../model/event.ts";
import { duration } from "../state/duration.ts";
import { timingBar } from "../state/timing-bar.ts";
import { explain } from "./explain.ts";
import type { Paint } from "./paint.ts";

export interface LineStyle {
  readonly paint: Paint;
  readonly columns: number;
  /** Shown relative to it. */
  readonly workspace: string;
}

/** What `devenv watch` prints for an event; undefined for those that a person need not see. */
export function watchLine(event: Event, style: LineStyle): string | undefined {
  const { paint } = style;
  switch (event.type) {
    case "watching":
      return `Watching ${event.services.join(", ")} (${event.folders} folders). Save a file; Ctrl-C ends the watching, not the cluster.`;
    case "saved":
      return `${head("saved", event, style)} ${paint("dim", paths(event.paths, style.workspace))}`;
    case "committed":
      return `${head("✔", event, style, "green")} runs ${event.build}\n  ${timingBar(event.times, style.columns - 2)}`;
    case "unchanged":
      return `${head("=", event, style)} builds to what it already runs (${event.build}); nothing restarted`;
    case "buildFailed":
      return `${head("✖", event, style, "red")} does not build; the last good binary still answers\n${explain(event.failure, paint)}`;
    case "notReady":
      return `${head("✖", event, style, "red")} did not come up\n${explain(event.failure, paint)}`;
    case "rolledBack":
      return `${head("↶", event, style, "yellow")} rolled back to ${event.to}, which answers again after ${duration(event.ms)}`;
    case "rollbackFailed":
      return `${head("✖", event, style, "red")} could not be rolled back to ${event.to}\n${explain(event.failure, paint)}`;
    case "profileChanged":
      return `The profile was saved; \`devenv up\` brings the cluster to what it says now.`;
    case "paused":
      return paint("yellow", `paused: ${event.reason}`);
    case "resumed":
      return "resumed";
    case "watchFailed":
      return explain(event.failure, paint);
    default:
      return undefined;
  }
}

type SwapNews = Extract<Event, { generation: unknown }>;

function head(mark: string, event: SwapNews, { paint }: LineStyle, style?: Parameters<Paint>[0]): string {
  const time = paint("dim", new Date(event.at).toTimeString().slice(0, 8));
  const shown = style === undefined ? mark : paint(style, mark);
  return `${time} ${shown} ${paint("bold", event.service)} ${paint("dim", `#${event.generation}`)}`;
}

function paths(changed: readonly string[], workspace: string): string {
  const [first = "", ...rest] = changed.map((path) =>
    path.startsWith(`${workspace}/`) ? path.slice(workspace.length + 1) : path,
  );
  return rest.length === 0 ? first : `${first} and ${rest.length} more`;
}
