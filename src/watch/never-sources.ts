/** Not sources, whoever asks: git's own files, and packages. */
const NEVER: ReadonlySet<string> = new Set([".git", "node_modules"]);

/** By the name of an entry. */
export const isNeverASource = (name: string): boolean => NEVER.has(name);
