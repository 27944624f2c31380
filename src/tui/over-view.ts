import { actionKeys, allKeys, commandsOn } from "./commands.ts";
import { HELP, type KeyHelp } from "./keys.ts";
import { type Area, windowStart } from "./layout.ts";
import { hiddenInWords, title } from "./lines.ts";
import { matching } from "./palette.ts";
import { paragraph } from "./paragraph.ts";
import type { Prompt } from "./prompt.ts";
import { saidLines } from "./task-lines.ts";
import type { Task } from "./tasks.ts";
import { bold, inverse, type Line, line, span } from "./text.ts";
import type { Over, Ui } from "./ui.ts";

/** How many lines the help, or what was said, has in all: so far it scrolls. */
export function overLength(over: Over | undefined, tasks: readonly Task[], width: number): number {
  if (over?.is === "help") return helpLines(width).length;
  return over?.is === "said" ? saidLines(tasks, width).length : 0;
}

/** The height that lies over the page's end, its title included; the whole page for what is long. */
export function overHeight({ over, page }: Ui, area: Area): number {
  switch (over?.is) {
    case undefined:
      return 0;
    case "help":
    case "said":
      return area.height;
    case "palette":
      return paletteHeight(commandsOn(page).length + 2, area); // also while fewer match
    case "prompt":
      return fittingOver(promptLines(over, area.width).length + 1, area);
    default:
      return over satisfies never;
  }
}

/** Of its actions; where the page leaves it fewer, it takes the whole page. */
const LEAST_PALETTE = 12;
/** With fewer lines a page says nothing. */
const LEAST_PAGE = 4;

const fittingOver = (wanted: number, { height }: Area): number => (height - wanted < LEAST_PAGE ? height : wanted);

/** As many lines as there are, or as the page can spare. */
const paletteHeight = (wanted: number, area: Area): number =>
  fittingOver(Math.min(wanted, Math.max(LEAST_PALETTE + 2, area.height - LEAST_PAGE)), area);

/** What lies over the page, with its title, in as many lines as `area` has. */
export function overLines(ui: Ui, tasks: readonly Task[], area: Area): Line[] {
  const { over } = ui;
  const { width, height } = area;
  switch (over?.is) {
    case undefined:
      return [];
    case "help":
      return [
        title("keys", moreBelow(helpLines(width).length, over.top, height), width),
        ...helpLines(width).slice(over.top),
      ];
    case "said":
      return [
        title("what the last actions came to", moreBelow(saidLines(tasks, width).length, over.top, height), width),
        ...saidLines(tasks, width).slice(over.top),
      ];
    case "palette":
      return paletteLines(ui, over, area);
    case "prompt":
      return [title(over.prompt.title, "", width), ...promptLines(over, width)];
    default:
      return over satisfies never;
  }
}

/** `12 lines more`: what a title says while there is something below. */
export function moreBelow(lines: number, top: number, height: number): string {
  const left = lines - top - (height - 1);
  return left > 0 ? `${left} ${left === 1 ? "line" : "lines"} more` : "";
}

function helpLines(width: number): Line[] {
  const left = Math.max(...allKeys().map(({ keys }) => keys.length)) + 4;
  const lines = (some: readonly KeyHelp[]): Line[] =>
    some.flatMap(({ keys, does }) =>
      paragraph(does, width - left).map((part, at) =>
        line(bold(`  ${(at === 0 ? keys : "").padEnd(left - 2)}`), span(part)),
      ),
    );
  return [
    ...lines(actionKeys()),
    line(),
    ...lines(HELP),
    line(),
    line(span("  ● ready  ◔ starting  ◐ swapping  ↶ rolled back  ◍ unhealthy  ✖ crashed  ○ off")),
    line(span("  build: ◆ pinned, ◆124 pinned to another one, ↑125 CI has a newer one")),
  ];
}

type Open<Is extends Over["is"]> = Extract<Over, { readonly is: Is }>;

function paletteLines({ page }: Ui, { text, at }: Open<"palette">, { width, height }: Area): Line[] {
  const found = matching(page, text);
  const shown = height - 2;
  const start = windowStart(found.length, shown, at);
  const rows = found.slice(start, start + shown).map(({ keys, does }, index) => {
    const isChosen = start + index === at;
    return line(bold(isChosen ? "▸ " : "  "), bold(keys.padEnd(7)), isChosen ? bold(does) : span(does));
  });
  const nothing = found.length === 0 ? [line(span("  no action has these words", "dim"))] : [];
  const head = title("actions", hiddenInWords(start, found.length - start - shown), width);
  return [head, line(bold(":"), span(text), inverse(" ")), ...rows, ...nothing];
}

function promptLines({ prompt, text, at }: Open<"prompt">, width: number): Line[] {
  const notes = prompt.notes.flatMap((note) => paragraph(note, width - 2)).map((note) => line(span(`  ${note}`)));
  return [...notes, ...answerLines(prompt, text, at)];
}

function answerLines(prompt: Prompt, text: string, at: number): Line[] {
  if (prompt.asks === "choice") {
    return prompt.options.map(({ key, words }, index) =>
      line(bold(index === at ? "▸ " : "  "), bold(`${key}  `), index === at ? bold(words) : span(words)),
    );
  }
  const isReady = prompt.exactly === undefined ? text.trim() !== "" : text === prompt.exactly;
  const hint = isReady ? "  enter does it" : prompt.exactly === undefined ? "" : `  type ${prompt.exactly}`;
  return [line(bold(`  ${prompt.label}`), span(text), inverse(" "), span(hint, "dim"))];
}
