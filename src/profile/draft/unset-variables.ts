/** `$$`, `$NAME`, `${NAME…`; what stands behind the name in braces is the operator. */
const VARIABLE = /\$(?:\$|([A-Za-z_]\w*)|\{([A-Za-z_]\w*)(:?[-?+])?)/g;

/** The variables of Compose files that have no value, and no default where they are used; each once, in order. */
export function unsetVariables(texts: readonly string[], isSet: (name: string) => boolean): string[] {
  const used = texts.flatMap((text) => [...withoutComments(text).matchAll(VARIABLE)]);
  const needed = used.flatMap(([, bare, braced, operator]) => {
    const name = bare ?? braced;
    const hasDefault = operator !== undefined && !operator.endsWith("?");
    return name === undefined || hasDefault || isSet(name) ? [] : [name];
  });
  return [...new Set(needed)];
}

const withoutComments = (text: string): string => text.replace(/(^|[ \t])#[^\n]*/gm, "$1");
