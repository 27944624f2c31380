import { createReadStream } from "node:fs";
import { realpath } from "node:fs/promises";
import { join, sep } from "node:path";
import type { Readable } from "node:stream";
import { errorCode, readText } from "../host/files.ts";
import { environmentFailure, type Failure } from "../model/failure.ts";
import { manifestSource } from "./manifest-builds.ts";
import type { Source } from "./source.ts";

/** CI's builds in a folder of this machine (`file:./ci`), which `devenv publish` fills. */
export const fileSource = (folder: string): Source =>
  manifestSource({
    from: (path) => join(folder, path),
    read: (path) => read(join(folder, path)),
    open: async (path, offset) => ({ stream: await openInside(folder, path, offset), offset }),
  });

async function read(file: string): Promise<string | undefined> {
  try {
    return await readText(file);
  } catch (cause) {
    throw environmentFailure(`CI's builds cannot be read: ${reason(cause)} ${file}`, {
      hint: "correct the permissions of CI's folder, or x-devenv.artifacts.source in the profile",
      cause,
    });
  }
}

/** Opens a file of the folder, wherever its symlinks lead, as long as that is inside the folder. */
async function openInside(folder: string, path: string, offset: number): Promise<Readable> {
  const named = join(folder, path);
  try {
    const [root, file] = await Promise.all([realpath(folder), realpath(named)]);
    if (!file.startsWith(root + sep)) throw leadsOut(named, root);
    return await opened(createReadStream(file, { start: offset }));
  } catch (cause) {
    throw isErrno(cause) ? unreadable(named, cause) : cause;
  }
}

function opened(stream: Readable): Promise<Readable> {
  return new Promise((resolve, reject) => {
    stream.once("open", () => resolve(stream));
    stream.once("error", reject);
  });
}

const leadsOut = (named: string, root: string): Failure =>
  environmentFailure(`an artifact of CI lies outside its folder: ${named}`, {
    hint: `a symbolic link leads out of ${root}; let CI copy the file there instead`,
  });

const unreadable = (named: string, cause: unknown): Failure =>
  environmentFailure(`an artifact that CI's manifest names cannot be read: ${reason(cause)} ${named}`, {
    hint: "let CI build again: the manifest and the files beside it do not belong together",
    cause,
  });

const isErrno = (thrown: unknown): thrown is NodeJS.ErrnoException => thrown instanceof Error && "errno" in thrown;

function reason(cause: unknown): string {
  const code = errorCode(cause);
  if (code === "ENOENT") return "there is no";
  if (code === "EACCES") return "no permission to read";
  return `${code ?? String(cause)} at`;
}
