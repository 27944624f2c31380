import type { FailureReport } from "../model/failure.ts";
import type { ServiceState } from "../model/status.ts";
import type { LoopNews, StatusNews } from "../state/live.ts";
import { MARKS } from "../state/marks.ts";
import type { PullView } from "../state/pull-view.ts";
import { SEVERITY } from "../state/replicas.ts";
import type { View, WatchView } from "../state/view.ts";
import { doesNotBuild } from "./rows.ts";
import { cellsOfLine, type Line, line, span } from "./text.ts";

/**
 * `✖ 1 build  ✖ 1 crashed  ● 10 ready`: how many services do not build as they were saved last, and how many are in which
 * state, first those that most want to be looked at.
 */
export function tally(news: StatusNews | undefined, { services }: Pick<View, "services">, saysWords = true): Line {
  if (news?.is !== "known") return line();
  const broken = news.status.services.filter(({ name }) => doesNotBuild(services.get(name))).length;
  const builds = broken === 0 ? [] : line(span("✖", "red"), span(` ${broken} ${broken === 1 ? "build" : "builds"}  `));
  const counts = new Map<ServiceState, number>();
  for (const { state } of news.status.services) counts.set(state, (counts.get(state) ?? 0) + 1);
  const present = SEVERITY.filter((state) => counts.has(state));
  const states = present.flatMap((state, at) => {
    const { shape, tone, word } = MARKS[state];
    return [span(`${at > 0 ? "  " : ""}${shape}`, tone), span(` ${counts.get(state)}${saysWords ? ` ${word}` : ""}`)];
  });
  return [...builds, ...states];
}

/**
 * What the save loop is at, in a few words; on a quiet day in as many as there is room for.
 * @param room in cells
 */
export function watchLine(
  { watch, pulls, surroundings: { lost, unplanned } }: Pick<View, "watch" | "pulls" | "surroundings">,
  news: StatusNews | undefined,
  loop?: LoopNews,
  room = Number.POSITIVE_INFINITY,
): Line {
  if (lost !== undefined) {
    const isBack = news?.is === "known" && news.at > lost.since;
    const [how, what] = isBack ? ["is back", "starting what ended with it"] : ["does not answer", "waiting for it"];
    return line(span(`the Docker daemon ${how}: ${what}`, "yellow"));
  }
  if (news?.is === "known" && news.status.services.every(({ state }) => state === "off")) {
    return line(span("not running: bring it up with `devenv up`", "yellow"));
  }
  if (loop?.is === "unheard")
    return line(span(`! saves are ${loop.holder}'s, which is not heard: ${loop.why}`, "yellow"));
  if (watch === undefined) return line();
  if (watch.failure !== undefined) return line(span("✖ not watching: ", "red"), span(watch.failure.message));
  if (unplanned !== undefined) return line(span("✖ profile ", "red"), span(inOneLine(unplanned)));
  if (watch.providedChanged) return line(span("a secret or config was changed: run `devenv up`", "yellow"));
  if (watch.paused !== undefined) return line(span(`saves are held back: ${watch.paused}`, "yellow"));
  if (watch.held !== undefined && isStillIn(watch.held, news)) {
    const { service, mode } = watch.held;
    return line(span(`the save of ${service} waits: it is in mode ${mode}`, "yellow"));
  }
  const wordings = pullWordings(pulls).flatMap((pulled) =>
    watchWordings(watch, loop).map((what) => line(span(what, "dim"), ...pulled)),
  );
  return wordings.find((wording) => cellsOfLine(wording) <= room) ?? wordings.at(-1) ?? line();
}

/** Who watches, the longest first. */
const watchWordings = ({ folders }: WatchView, loop: LoopNews | undefined): readonly string[] =>
  loop?.is === "elsewhere"
    ? [`watched by ${loop.holder}`, `watched by ${loop.command} (pid ${loop.pid})`, `watched by pid ${loop.pid}`]
    : [`watching ${folders} folders`];

/** What the pulls in the background leave to a person, else what they brought; the longest first. */
function pullWordings({ last, needing }: PullView): readonly Line[] {
  const [one, ...more] = needing;
  if (one !== undefined) {
    const who = more.length === 0 ? `${one} needs` : `${needing.length} repositories need`;
    const what = more.length === 0 ? "1 repo needs" : `${needing.length} repos need`;
    return [`, ${who} you: \`devenv pull-all\``, `, ${what} you: P`].map((words) => line(span(words, "yellow")));
  }
  if (last === undefined) return [line()];
  const [first, ...others] = last.names;
  const rest = others.length === 0 ? "" : ` and ${others.length} more`;
  const at = clock(last.at);
  return [`, pulled ${first}${rest} ${at}`, `, pulled ${at}`].map((words) => line(span(words, "dim")));
}

const clock = (at: number): string => new Date(at).toTimeString().slice(0, 5);

/** Whether a service is in the mode that held its save back: another one may have been chosen since. */
function isStillIn({ service, mode }: NonNullable<WatchView["held"]>, news: StatusNews | undefined): boolean {
  const [kind] = mode.split(":");
  return news?.is === "known" && news.status.services.some((row) => row.name === service && row.mode === kind);
}

/** Where the edited profile has its (first) mistake, and which. */
function inOneLine({ message, where, problems = [] }: FailureReport): string {
  const placed = problems.find((problem) => problem.where !== undefined) ?? { message, where };
  const { line, column } = placed.where ?? {};
  return line === undefined ? message : `${line}:${column} ${placed.message}`;
}
