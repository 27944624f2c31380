/**
 * The images that a Dockerfile starts from: the names after FROM that are no stage of its own.
 * Variables are filled from `args` and from the ARG lines before the first FROM, as the builder does it; a name that
 * stays incomplete is left out.
 */
export function baseImagesOf(dockerfile: string, args: Readonly<Record<string, string>> = {}): string[] {
  const defaults = new Map<string, string>();
  const stages = new Set<string>();
  const images = new Set<string>();
  for (const line of instructions(dockerfile)) {
    const [keyword = "", ...words] = line.split(/\s+/);
    if (/^arg$/i.test(keyword) && images.size === 0 && stages.size === 0) rememberArg(words, args, defaults);
    if (!/^from$/i.test(keyword)) continue;
    const [name = "", as, stage] = words.filter((word) => !word.startsWith("--"));
    const image = substitute(name, args, defaults);
    if (image !== undefined && image !== "scratch" && !stages.has(image.toLowerCase())) images.add(image);
    if (stage !== undefined && /^as$/i.test(as ?? "")) stages.add(stage.toLowerCase());
  }
  return [...images];
}

/** Logical lines: comments left out, lines that end with the escape character joined. */
function instructions(dockerfile: string): string[] {
  const continuation = /^#\s*escape\s*=\s*`/im.test(dockerfile.split("\n", 2).join("\n")) ? "`" : "\\";
  const joined: string[] = [];
  let open = "";
  for (const line of dockerfile.split(/\r?\n/)) {
    if (/^\s*(#|$)/.test(line)) continue;
    const text = line.trimEnd();
    if (text.endsWith(continuation)) {
      open += `${text.slice(0, -1)} `;
      continue;
    }
    joined.push((open + text).trim());
    open = "";
  }
  return open === "" ? joined : [...joined, open.trim()];
}

function rememberArg(
  words: readonly string[],
  args: Readonly<Record<string, string>>,
  defaults: Map<string, string>,
): void {
  for (const word of words) {
    const [, name = "", value] = /^(\w+)=(.*)$/.exec(word) ?? [];
    const filled = value === undefined ? undefined : substitute(value.replace(/^(["'])(.*)\1$/, "$2"), args, defaults);
    if (filled !== undefined) defaults.set(name, filled);
  }
}

/** `$NAME`, `${NAME}` and `${NAME:-default}` filled in; undefined when one has no value. */
function substitute(
  text: string,
  args: Readonly<Record<string, string>>,
  defaults: ReadonlyMap<string, string>,
): string | undefined {
  let complete = true;
  const filled = text.replace(/\$(?:\{(\w+)(?::-([^}]*))?\}|(\w+))/g, (_, braced, fallback, bare) => {
    const value = args[braced ?? bare] ?? defaults.get(braced ?? bare) ?? fallback;
    complete &&= value !== undefined;
    return value ?? "";
  });
  return complete && filled !== "" ? filled : undefined;
}
