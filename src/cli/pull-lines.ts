import type { Event } from "../model/event.ts";
import type { NotPulled, PullNews, RefreshedService } from "../model/pull-news.ts";
import { explain } from "./explain.ts";
import { clip, moveWords } from "./pull-summary.ts";
import type { LineStyle } from "./watch-lines.ts";

/** What `devenv watch` prints of its pulls in the background. */
export function pullLine(event: Event, style: LineStyle): string | undefined {
  const time = style.paint("dim", new Date(event.at).toTimeString().slice(0, 8));
  switch (event.type) {
    case "pulled":
      return pulledLines(event, style)
        .map((line) => `${time} ${line}`)
        .join("\n");
    case "refreshed":
      return event.services.map((service) => `${time} ${refreshedLine(service, style)}`).join("\n");
    case "pullFailed":
      return `${time} ${style.paint("red", "✖")} the repositories are not pulled\n${explain(event.failure, style.paint)}`;
    default:
      return undefined;
  }
}

function pulledLines({ moved, left, failed, well }: Extract<PullNews, { type: "pulled" }>, style: LineStyle): string[] {
  const { paint, columns } = style;
  const notPulled = (mark: string, how: string) => (one: NotPulled) => {
    const words = clip(one.words, Math.max(60, columns * 3));
    const line = `${mark} ${paint("bold", one.name)} ${how}${words}`;
    return one.command === undefined ? line : `${line}\n  ${paint("dim", one.command)}`;
  };
  return [
    ...moved.map(({ name, move, services }) => {
      const code = services.length === 0 ? "" : `\n  ${paint("cyan", `new code of ${services.join(", ")}`)}`;
      return `${paint("green", "✔")} pulled ${paint("bold", name)}: ${moveWords(move)}${code}`;
    }),
    ...left.map(notPulled(paint("yellow", "!"), "is not pulled: ")),
    ...failed.map(notPulled(paint("red", "✖"), "")),
    ...well.map((name) => `${paint("green", "✔")} ${paint("bold", name)} can be pulled again`),
  ];
}

function refreshedLine({ service, from, to, outcome, failure }: RefreshedService, { paint }: LineStyle): string {
  const name = paint("bold", service);
  if (outcome === "swapped")
    return `${paint("green", "✔")} ${name} runs ${to}${from === null ? "" : `, after ${from}`}`;
  const mark = outcome === "rolledBack" ? paint("yellow", "↶") : paint("red", "✖");
  const line = `${mark} ${name} does not take ${to ?? "CI's build"}`;
  return failure === undefined ? line : `${line}\n${explain(failure, paint)}`;
}
