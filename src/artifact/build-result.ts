import { lstat, readdir } from "node:fs/promises";
import { join } from "node:path";
import type { Platform } from "../model/artifact.ts";
import type { Builder } from "../model/builder.ts";
import { type Failure, failed } from "../model/failure.ts";
import type { Service } from "../model/profile.ts";
import { checkRunnable } from "./runnable.ts";

/**
 * Checks what a build left at a path: that it is a file or a folder as the profile says, with something in it, and that
 * a program in it can run where it is to run.
 * @throws Failure (exit 1) that says what is there instead, and what was expected.
 */
export async function checkResult(service: Service, builder: Builder, out: string, platform: Platform): Promise<void> {
  const wrong = (what: string) => wrongResult(service, builder, what);
  const facts = await lstat(out).catch(() => undefined);
  if (facts === undefined) throw wrong("put nothing at");
  if (service.artifact === "tree") {
    if (!facts.isDirectory()) throw wrong("put a file, not a folder, at");
    const names = await readdir(out);
    if (names.length === 0) throw wrong("put nothing into the folder");
    // What else lies in a folder may be anything: pages, scripts, libraries.
    if (!isOfPrograms(builder)) return;
    for (const name of names) await checkRunnable(join(out, name), service, platform);
    return;
  }
  if (!facts.isFile()) throw wrong("put something else than a file at");
  if (facts.size === 0) throw wrong("put an empty file at");
  await checkRunnable(out, service, platform);
}

const isOfPrograms = ({ kind }: Builder): boolean => kind === "go" || kind === "cargo";

function wrongResult({ name, artifact }: Service, builder: Builder, what: string): Failure {
  const isTree = artifact === "tree";
  if (builder.kind === "node") {
    const { script, output } = builder;
    const kind = isTree ? "the folder that it makes" : "the file that it makes (a folder: x-devenv.artifact: tree)";
    return failed(`${name}: the script ${script} ${what} ${output}`, {
      hint: `x-devenv.build.output is to name ${kind}`,
    });
  }
  return failed(`${name}: the build ${what} $DEVENV_OUT`, {
    hint: isTree
      ? "its x-devenv.artifact is tree: the command is to fill the folder $DEVENV_OUT with files"
      : "the command is to write one executable file to the path $DEVENV_OUT (a folder: x-devenv.artifact: tree)",
  });
}
