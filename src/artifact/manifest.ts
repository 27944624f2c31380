import { environmentFailure, type Failure, type Problem } from "../model/failure.ts";
import { JsonMistake, offsetOf, positionAt, readPlaces } from "./json-places.ts";
import { type History, type Manifest, mistakesIn } from "./manifest-checks.ts";

const HINT = "let CI build again: it writes this file; devenv only reads it";

/**
 * Takes the text of a `manifest.json` and its path; gives the checked manifest.
 * @throws Failure (environment) with every problem and its line and column.
 */
export const parseManifest = (text: string, file: string): Manifest => parse(text, file, "manifest") as Manifest;

/** The same for a `history.json`. */
export const parseHistory = (text: string, file: string): History => parse(text, file, "history") as History;

function parse(text: string, file: string, kind: "manifest" | "history"): unknown {
  const data = parseJson(text, file);
  const mistakes = mistakesIn(data, kind);
  if (mistakes.length === 0) return data;
  const places = readPlaces(text);
  const problems = mistakes.map(
    ({ path, message }): Problem => ({
      message: `${dotted(path)}: ${message}`,
      where: positionAt(file, text, offsetOf(places, path)),
    }),
  );
  throw unreadable(file, problems);
}

function parseJson(text: string, file: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw unreadable(file, [syntaxProblem(text, file)], cause);
  }
}

function syntaxProblem(text: string, file: string): Problem {
  try {
    readPlaces(text);
  } catch (mistake) {
    if (mistake instanceof JsonMistake) {
      return { message: mistake.message, where: positionAt(file, text, mistake.offset) };
    }
  }
  return { message: "not JSON", where: positionAt(file, text, 0) };
}

function unreadable(file: string, problems: readonly Problem[], cause?: unknown): Failure {
  const [first] = problems;
  const message =
    problems.length === 1 && first !== undefined
      ? `CI's manifest cannot be read: ${first.message}`
      : `CI's manifest has ${problems.length} mistakes`;
  return environmentFailure(message, {
    hint: HINT,
    where: first?.where ?? { file, line: 1, column: 1 },
    problems: problems.length > 1 ? problems : undefined,
    cause,
  });
}

/** `services.books.artifacts[0].sha256` */
function dotted(path: readonly (string | number)[]): string {
  const text = path.map((key) => (typeof key === "number" ? `[${key}]` : `.${key}`)).join("");
  return text.replace(/^\./, "") || "the manifest";
}
