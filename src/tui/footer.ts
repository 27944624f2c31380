import { allKeys } from "./commands.ts";
import type { KeyHelp } from "./keys.ts";
import type { Size } from "./layout.ts";
import { bold, cellsOfLine, inverse, type Line, line, span } from "./text.ts";
import type { Over, Ui } from "./ui.ts";

/** From so many rows on, a second line of keys is not missed elsewhere. */
const TWO_LINES_FROM = 20;

/** The keys of this page, those that do not fit left out; or the filter while it is typed. */
export function footerLines(ui: Ui, { columns, rows }: Size): Line[] {
  if (ui.isTyping) return [[span(" "), ...filterOf(ui)]];
  if (ui.over !== undefined) return [line(span(` ${overKeys(ui.over)}`, "dim"))];
  return packed(ui, columns, rows >= TWO_LINES_FROM ? 2 : 1);
}

function overKeys(over: Over): string {
  if (over.is === "palette") return "type words of it; ↑↓ choose; enter does it; esc goes back";
  if (over.is !== "prompt") return "↑↓ PgUp PgDn scroll; any other key closes it";
  return over.prompt.asks === "text" ? "enter does it; esc goes back" : "its key, or ↑↓ and enter; esc goes back";
}

/** Words in their order into as many lines as there are; what does not fit is left out, the last ones never. */
function packed(ui: Ui, columns: number, count: number): Line[] {
  const room = columns - 1;
  const { first, last } = wordsOf(ui);
  const lines: Line[] = [];
  let rest = first;
  while (lines.length < count - 1 && !fits([...rest, ...last], room)) {
    const taken = asManyAsFit(rest, room);
    lines.push(joined(taken));
    rest = rest.slice(taken.length);
  }
  return [...lines, joined([...asManyAsFit(rest, room - widthOf(last)), ...last])];
}

interface Words {
  readonly first: readonly Line[];
  readonly last: readonly Line[];
}

function wordsOf({ page, filter, lens }: Ui): Words {
  const texts = { services: filter, logs: lens.only, repositories: "", detail: "" };
  const filtered = texts[page] === "" ? [] : [line(inverse(`filter: ${texts[page]}`))];
  const words = allKeys().filter(({ footer }) => footer?.[page] !== undefined);
  const wordOf = ({ keys, footer }: KeyHelp): Line => line(bold(keys), span(` ${footer?.[page]}`, "dim"));
  return {
    first: [...filtered, ...words.filter(({ isLast }) => !isLast).map(wordOf)],
    last: words.filter(({ isLast }) => isLast).map(wordOf),
  };
}

function asManyAsFit(words: readonly Line[], room: number): readonly Line[] {
  let count = words.length;
  while (count > 0 && !fits(words.slice(0, count), room)) count -= 1;
  return words.slice(0, count);
}

const GAP = "  ";
const widthOf = (words: readonly Line[]): number =>
  words.reduce((sum, word) => sum + cellsOfLine(word) + GAP.length, 0);
const fits = (words: readonly Line[], room: number): boolean => widthOf(words) - GAP.length <= room;
const joined = (words: readonly Line[]): Line => [
  span(" "),
  ...words.flatMap((word, at) => [...(at === 0 ? [] : [span(GAP)]), ...word]),
];

const TYPED = { find: "search: ", only: "lines with: " } as const;

const filterOf = ({ page, filter, lens }: Ui): Line =>
  line(
    bold(page === "logs" ? TYPED[lens.typed] : "services with: "),
    span(page === "logs" ? lens[lens.typed] : filter),
    inverse(" "),
    span("  enter keeps it, esc takes it back", "dim"),
  );
