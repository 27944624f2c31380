import { relative } from "node:path";

/** A path as people write it where they are; an absolute one for what is not below the current folder. */
export function fromHere(path: string): string {
  const short = relative(process.cwd(), path);
  return short.startsWith("..") ? path : short;
}
