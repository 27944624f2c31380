import type { LastPull, RepositoryNow } from "../model/repository.ts";
import { age } from "../state/duration.ts";
import type { Tone } from "../state/marks.ts";
import { cellsOf } from "./text.ts";

/** A repository in the list, every cell in the words that are shown. */
export interface RepositoryRow {
  readonly name: string;
  readonly shape: string;
  readonly tone: Tone;
  readonly branch: string;
  /** How far it is from its upstream: `↑2 ↓3`. */
  readonly apart: string;
  readonly dirty: string;
  readonly pull: string;
}

/** How a repository is at `at`, in milliseconds since the epoch. */
export function repositoryRow(repository: RepositoryNow, at: number): RepositoryRow {
  const { tree, dirty } = repository;
  return {
    name: tree.name,
    ...markOf(repository),
    branch: branchOf(repository),
    apart: apartOf(repository),
    dirty: dirty === 0 ? "-" : `${dirty} file${dirty === 1 ? "" : "s"}`,
    pull: pullOf(repository, at),
  };
}

/** What is under way comes first, then what a person has to do something about. */
function markOf({ doing, trouble, tree, operation, lastPull }: RepositoryNow): Pick<RepositoryRow, "shape" | "tone"> {
  if (doing !== undefined) return { shape: "◐", tone: "cyan" };
  if (trouble !== undefined || tree.kind === "missing") return { shape: "✖", tone: "red" };
  if (operation !== undefined || lastPull?.is === "left") return { shape: "!", tone: "yellow" };
  return { shape: "●", tone: "green" };
}

function branchOf({ branch, commit, operation, tree }: RepositoryNow): string {
  if (tree.kind === "missing") return "not cloned";
  const name = branch ?? (commit === undefined ? "-" : `at ${commit.slice(0, 8)}`);
  return operation === undefined ? name : `${name}, ${operation}`;
}

function apartOf({ ahead, behind }: RepositoryNow): string {
  if (ahead === undefined || behind === undefined) return "-";
  const parts = [ahead > 0 ? `↑${ahead}` : "", behind > 0 ? `↓${behind}` : ""].filter((part) => part !== "");
  return parts.length === 0 ? "=" : parts.join(" ");
}

function pullOf({ doing, trouble, lastPull, fetchedAt }: RepositoryNow, at: number): string {
  if (doing !== undefined) return `${doing} …`;
  if (trouble !== undefined) return trouble.split("\n")[0] ?? "";
  if (lastPull !== undefined) return `${age(at - lastPull.at)} ago, ${pullInWords(lastPull)}`;
  return fetchedAt === undefined ? "-" : `${age(at - fetchedAt)} ago, fetched`;
}

function pullInWords(pull: LastPull): string {
  switch (pull.is) {
    case "current":
      return "up to date";
    case "cloned":
      return "cloned";
    case "moved":
      return `${pull.commits} commit${pull.commits === 1 ? "" : "s"}`;
    case "left":
      return `left alone: ${pull.words.split("\n")[0]}`;
    default:
      return pull satisfies never;
  }
}

export const HEADINGS: Omit<RepositoryRow, "shape" | "tone"> = {
  name: "REPOSITORY",
  branch: "BRANCH",
  apart: "APART",
  dirty: "DIRTY",
  pull: "LAST PULL",
};

export type RepositoryColumn = keyof typeof HEADINGS;

/** What the cells of the columns before the last one take; names and branches are cut before they push it out. */
export function repositoryWidths(rows: readonly RepositoryRow[], width: number): Record<RepositoryColumn, number> {
  const widest = (column: RepositoryColumn) =>
    Math.max(cellsOf(HEADINGS[column]), ...rows.map((row) => cellsOf(row[column])));
  const third = Math.floor(width / 3);
  return {
    name: Math.min(widest("name"), third),
    branch: Math.min(widest("branch"), Math.floor(width / 4)),
    apart: widest("apart"),
    dirty: widest("dirty"),
    pull: widest("pull"),
  };
}
