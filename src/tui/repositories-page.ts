import type { RepositoryNow } from "../model/repository.ts";
import { type Area, windowStart } from "./layout.ts";
import { inArea, title } from "./lines.ts";
import type { PageProps } from "./page.ts";
import {
  HEADINGS,
  type RepositoryColumn,
  type RepositoryRow,
  repositoryRow,
  repositoryWidths,
} from "./repository-rows.ts";
import { bold, inCells, type Line, line, span, wrapped } from "./text.ts";

/** A row a repository, and below them why the chosen one was left alone, and what to run about it. */
export function repositoriesPage({ snapshot: { repositories, ui, news }, area }: PageProps): Line[] {
  if (repositories === undefined) return [title("repositories", "", area.width), line(span(" asking git …"))];
  const at = news?.at ?? 0;
  const chosen = chosenRepository(repositories, ui.repository);
  const story = chosen === undefined ? [] : storyOf(chosen, area.width - 3).slice(0, STORY_LINES);
  const list = { width: area.width, height: area.height - 1 - story.length };
  const rows = repositories.map((repository) => repositoryRow(repository, at));
  return [
    title("repositories", noteOf(repositories), area.width),
    ...inArea(
      rowLines(
        rows,
        repositories.findIndex(({ tree }) => tree.name === chosen?.tree.name),
        list,
      ),
      list,
    ),
    ...story,
  ];
}

/** Of a story; the rows have the rest. */
const STORY_LINES = 7;

/** By its name; the first one where that is not there (any more). */
export const chosenRepository = (all: readonly RepositoryNow[], name: string | undefined): RepositoryNow | undefined =>
  all.find(({ tree }) => tree.name === name) ?? all[0];

function noteOf(all: readonly RepositoryNow[]): string {
  const pulling = all.filter(({ doing }) => doing !== undefined).length;
  const left = all.filter(({ lastPull }) => lastPull?.is === "left").length;
  const notes = [pulling > 0 ? `${pulling} being pulled` : "", left > 0 ? `${left} left alone` : ""];
  return [`${all.length}`, ...notes.filter((note) => note !== "")].join(", ");
}

function rowLines(rows: readonly RepositoryRow[], chosen: number, area: Area): Line[] {
  const widths = repositoryWidths(rows, area.width);
  const height = area.height - 1;
  const start = windowStart(rows.length, height, chosen);
  const shown = rows.slice(start, start + height).map((row, at) => rowLine(row, widths, start + at === chosen));
  return [line(span(`    ${cells(HEADINGS, widths)}`, "dim")), ...shown];
}

const rowLine = (row: RepositoryRow, widths: Record<RepositoryColumn, number>, isChosen: boolean): Line =>
  line(
    bold(isChosen ? "▸ " : "  "),
    span(`${row.shape} `, row.tone),
    isChosen ? bold(cells(row, widths)) : span(cells(row, widths)),
  );

const cells = (row: typeof HEADINGS, widths: Record<RepositoryColumn, number>): string =>
  (Object.keys(HEADINGS) as RepositoryColumn[])
    .map((column) => inCells(row[column], widths[column]))
    .join("  ")
    .trimEnd();

/** What of a repository its row has no room for; nothing, where nothing is to be done. */
function storyOf({ tree, trouble, lastPull, operation }: RepositoryNow, width: number): Line[] {
  const words = trouble ?? (lastPull?.is === "left" ? lastPull.words : undefined);
  const command = lastPull?.is === "left" ? lastPull.command : undefined;
  const said = words ?? (operation === undefined ? undefined : `a ${operation} is under way`);
  if (said === undefined) return [];
  return [
    title(tree.name, "", width + 3),
    ...said.split("\n").flatMap((text) => marked("!", text, width)),
    ...(command === undefined ? [] : marked("→", command, width)),
  ];
}

const marked = (mark: string, text: string, width: number): Line[] =>
  wrapped(text, width).map((part, at) => line(span(at === 0 ? `${mark} ` : "  ", "yellow"), span(part)));
