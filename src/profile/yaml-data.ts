import { type Alias, isAlias, isMap, isSeq, type Node, visit } from "yaml";
import { type ProblemList, problemList } from "./problem-list.ts";
import { keyText, parseYaml, type YamlSource } from "./yaml-source.ts";

/**
 * Parses a YAML file's text.
 * @throws Failure (class user) with every problem when it is not YAML that can be judged any further. A key that is
 * there twice does not end it: it is noted.
 */
export function openYaml(file: string, text: string): { source: YamlSource; problems: ProblemList } {
  const source = parseYaml(file, text);
  const problems = problemList(source);
  for (const { message, offset } of source.errors) problems.atOffset(offset, message);
  if (source.errors.some(({ fatal }) => fatal) || !checkAliases(source, problems)) throw problems.failure();
  return { source, problems };
}

/** The document as plain data. */
export function toData(source: YamlSource, problems: ProblemList): unknown {
  try {
    return source.document.toJS();
  } catch (error) {
    // Aliases of aliases a thousandfold: the parser gives up rather than fill the memory.
    problems.atOffset(0, `YAML: ${error instanceof Error ? error.message : String(error)}`);
    throw problems.failure();
  }
}

/** Notes aliases that lead nowhere or in a circle, and merge keys that merge no mapping. */
function checkAliases({ document }: YamlSource, problems: ProblemList): boolean {
  let isSound = true;
  const note = (node: unknown, message: string, hint?: string) => {
    isSound = false;
    problems.atOffset((node as Node | null)?.range?.[0] ?? 0, message, hint);
  };
  visit(document, {
    Alias(_key, alias: Alias, parents) {
      const target = alias.resolve(document);
      if (target === undefined) {
        note(alias, `*${alias.source} stands for nothing`, `no &${alias.source} comes before it`);
      } else if (parents.includes(target)) {
        note(alias, `*${alias.source} is inside of what it stands for`);
      }
    },
    Pair(_key, pair) {
      if (keyText(pair.key) !== "<<") return;
      const resolved = isAlias(pair.value) ? pair.value.resolve(document) : pair.value;
      const sources: unknown[] = isSeq(resolved) ? resolved.items : [resolved];
      const isWrong = sources.some((item) => !isMap(isAlias(item) ? item.resolve(document) : item));
      if (isWrong) note(pair.key, "<< merges a mapping, and here is something else");
    },
  });
  return isSound;
}
