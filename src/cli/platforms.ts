import { InvalidArgumentError } from "commander";
import type { Platform } from "../model/artifact.ts";

/** For options that take `linux/amd64,linux/arm64`: each once, in the order in which they are written. */
export function platforms(text: string): readonly Platform[] {
  const found = text.split(",").map((each): Platform => {
    const [, os, arch] = /^\s*([a-z0-9]+)\/([a-z0-9_-]+)\s*$/.exec(each) ?? [];
    if (os === undefined || arch === undefined) throw new InvalidArgumentError("It takes a list such as linux/amd64.");
    return { os, arch };
  });
  return [...new Map(found.map((each) => [nameOf(each), each])).values()];
}

export const nameOf = ({ os, arch }: Platform): string => `${os}/${arch}`;
