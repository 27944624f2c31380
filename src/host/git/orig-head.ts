import { rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { peekText, writeAtomic } from "../files.ts";

/**
 * Remembers ORIG_HEAD. `git merge` writes it before it looks whether it may move anything, so a refusal would cost a person
 * the one that `git reset --hard ORIG_HEAD` goes back to. In a reftable it is not a file, and stays as git writes it.
 * @returns what puts it back as it was.
 */
export function keepOrigHead({ gitDir }: { readonly gitDir: string }): () => Promise<void> {
  const path = join(gitDir, "ORIG_HEAD");
  const mode = statSync(path, { throwIfNoEntry: false })?.mode;
  const before = peekText(path);
  return async () => {
    if (peekText(path) === before) return;
    if (before === undefined) rmSync(path, { force: true });
    else await writeAtomic(path, before, mode, { sync: false });
  };
}
