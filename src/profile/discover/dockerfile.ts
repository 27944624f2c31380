import { stat } from "node:fs/promises";
import { basename, dirname, join, relative } from "node:path";
import { type FoundProgram, portIn } from "./found.ts";
import { entriesOf, textOf } from "./sources.ts";

/** Folders that are named after what they are for, not after the program. */
const NAMELESS = new Set(["container", "docker", "deploy", "deployment", "build", "images", "image", "app", "src"]);

/** The image that the Dockerfile of a folder makes. */
export async function dockerfileProgram(folder: string): Promise<FoundProgram | undefined> {
  const { files } = await entriesOf(folder);
  const name = ["Dockerfile", "Containerfile"].find((each) => files.includes(each));
  if (name === undefined) return undefined;
  const dockerfile = await textOf(join(folder, name));
  const context = await contextOf(dockerfile, folder);
  return {
    name: basename(NAMELESS.has(basename(folder)) ? dirname(folder) : folder),
    folder: context,
    what: relative(context, join(folder, name)),
    make: { kind: "image", dockerfile: relative(context, join(folder, name)) },
    port: portIn(dockerfile, [/^\s*EXPOSE\s+(\d+)(?:\/tcp)?(?:\s|$)/im]),
    health: undefined,
  };
}

/** The folder above, where only that one has what is copied first: `docker build -f docker/Dockerfile .` */
async function contextOf(dockerfile: string, folder: string): Promise<string> {
  const [, source] = /^\s*(?:COPY|ADD)\s+(?!--)([^\s"[$*]+)\s+\S/im.exec(dockerfile) ?? [];
  if (source === undefined || (await exists(join(folder, source)))) return folder;
  return (await exists(join(dirname(folder), source))) ? dirname(folder) : folder;
}

const exists = (path: string): Promise<boolean> =>
  stat(path).then(
    () => true,
    () => false,
  );
