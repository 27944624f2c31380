import type { Event } from "../model/event.ts";
import type { ServiceName } from "../model/names.ts";
import type { SurroundingsEvent } from "../model/surroundings.ts";
import { duration } from "../state/duration.ts";
import { touchInWords } from "../state/touch-words.ts";
import { explain } from "./explain.ts";
import { hintLines } from "./explain-problems.ts";
import type { LineStyle } from "./watch-lines.ts";

/** What `devenv watch` prints of what happens around it, and of the plan that an edited profile brings. */
export function surroundingsLine(event: Event, style: LineStyle): string | undefined {
  const { paint } = style;
  const time = paint("dim", new Date(event.at).toTimeString().slice(0, 8));
  switch (event.type) {
    case "daemonLost":
      return `${time} ${paint("yellow", "◍ the Docker daemon does not answer; what is under way waits for it")}`;
    case "daemonBack":
      return `${time} ${backInWords(event, style)}`;
    case "containerTouched":
      return `${time} ${touched(event, style)}`;
    case "stepStarted":
      return `  ${event.title} ${paint("dim", `(${event.cause})`)}`;
    case "replanned":
      return `${time} ${paint("green", "✔")} ${replannedInWords(event)}`;
    case "replanFailed":
      return `${time} ${paint("red", "✖")} the edited profile is not in place\n${explain(event.failure, paint)}`;
    default:
      return undefined;
  }
}

function backInWords({ ms, started, failure }: Of<"daemonBack">, { paint }: LineStyle): string {
  const again = started.length === 0 ? "" : `; started again: ${names(started)}`;
  const line = `${paint("green", "●")} the Docker daemon answers again, after ${duration(ms)}${again}`;
  return failure === undefined ? line : `${line}\n${explain(failure, paint)}`;
}

function touched({ service, container, touch }: Of<"containerTouched">, { paint }: LineStyle): string {
  const { what, hint } = touchInWords(touch, container);
  const line = `${paint("yellow", "!")} ${paint("bold", service)} ${what}`;
  return hint === undefined ? line : [line, ...hintLines(hint, paint)].join("\n");
}

function replannedInWords({ changed, gone, steps, ms }: Of<"replanned">): string {
  if (changed.length + gone.length === 0) return "the profile was saved; it says the same as before";
  const parts = [
    ...(changed.length > 0 ? [`${names(changed)} ${changed.length === 1 ? "is" : "are"} as it says now`] : []),
    ...(gone.length > 0 ? [`${names(gone)} ${gone.length === 1 ? "is" : "are"} gone`] : []),
  ];
  const took = steps === 0 ? "no container had to change" : duration(ms);
  return `the profile was saved: ${parts.join(", ")} (${took})`;
}

const names = (services: readonly ServiceName[]): string => services.join(", ");

type Of<Type extends SurroundingsEvent["type"]> = Extract<SurroundingsEvent, { type: Type }>;
