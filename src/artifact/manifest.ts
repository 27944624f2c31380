import { environmentFailure, type Failure, type Problem } from "../model/failure.ts";
import { JsonMistake, offsetOf, positionAt, readPlaces } from "./json-places.ts";
import type { Manifest } from "./manifest-schema.ts";

const HINT = "let CI build again: it writes this file; devenv only reads it";

/**
 * Takes the text of a `manifest.json` and its path; gives the checked manifest.
 * @throws Failure (environment) with every problem and its line and column.
 */
export async function parseManifest(text: string, file: string): Promise<Manifest> {
  const data = parseJson(text, file);
  const { manifestSchema } = await import("./manifest-schema.ts");
  const result = manifestSchema.safeParse(data);
  if (result.success) return result.data;
  const places = readPlaces(text);
  const problems = result.error.issues.map(
    (issue): Problem => ({
      message: `${dotted(issue.path)}: ${issue.message}`,
      where: positionAt(file, text, offsetOf(places, issue.path)),
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
function dotted(path: readonly PropertyKey[]): string {
  const text = path.map((key) => (typeof key === "number" ? `[${key}]` : `.${String(key)}`)).join("");
  return text.replace(/^\./, "") || "the manifest";
}
