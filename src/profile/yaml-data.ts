import { toData } from "./located.ts";
import { type ProblemList, problemList } from "./problem-list.ts";
import { parseYaml } from "./yaml-source.ts";

/**
 * Reads a YAML file of one document, without variables.
 * @throws Failure (class user) with every problem when it is not YAML that can be judged any further. A key that is
 * there twice does not end it: it is noted.
 */
export function readYaml(file: string, text: string): { data: unknown; problems: ProblemList } {
  const source = { file, text: text.replace(/^\uFEFF/, "") };
  const problems = problemList(source);
  const [document, second] = parseYaml(source, problems)?.documents ?? [];
  if (second !== undefined) problems.atPlace(second.place, "a second document in this file, which takes one");
  if (document === undefined) throw problems.failure();
  problems.lookIn(document);
  return { data: toData(document), problems };
}
