/** A rule with where it stands, which the library gives back with its answer. */
export interface PlacedRule {
  readonly pattern: string;
  readonly mark: string;
}

/** As git matches, byte for byte: a character for each byte of the text. */
export const bytesOf = (text: string): string =>
  /^[ -~]*$/.test(text) ? text : Buffer.from(text, "utf8").toString("latin1");

const textOf = (bytes: string): string => Buffer.from(bytes, "latin1").toString("utf8");

/**
 * Pure: the rules of an ignore file, as if they stood in one at the top. A rule without a slash (but at its end) counts
 * in every depth of its folder, any other from the folder on (gitignore(5)).
 * @param bytes of the file, as `bytesOf` gives them; so are the patterns
 * @param prefix the folder that the file counts for, relative to the top; "" for the top itself
 * @param shown how the file is called in what is told of a rule
 */
export function placedRules(bytes: string, prefix: string, shown: string): PlacedRule[] {
  const lines = bytes.replace(/^\xEF\xBB\xBF/, "").split("\n");
  return lines.flatMap((line, index) => {
    const rule = line.replace(/\r$/, "");
    const pattern = prefix === "" ? rule : placed(rule, bytesOf(prefix));
    const isRule = pattern !== undefined && pattern !== "" && !pattern.startsWith("#");
    return isRule ? [{ pattern, mark: `${shown}:${index + 1} ${textOf(rule).trimEnd()}` }] : [];
  });
}

/** Undefined for what is no rule: a comment, or nothing but a slash. */
function placed(rule: string, prefix: string): string | undefined {
  if (rule.startsWith("#")) return undefined;
  const isNegative = rule.startsWith("!");
  const body = rule.slice(isNegative ? 1 : 0);
  const meant = body.replace(/(?<!\\) +$/, "");
  if (meant === "" || meant === "/") return undefined;
  const isAnchored = meant.slice(0, -1).includes("/");
  const rest = isAnchored ? body.replace(/^\//, "") : `**/${body}`;
  return `${isNegative ? "!" : ""}/${literally(prefix)}/${rest}`;
}

const literally = (path: string): string => path.replace(/[\\*?[\]]/g, "\\$&");
