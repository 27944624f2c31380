import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { systemProcesses } from "../../../src/host/process.ts";
import { observe, temporaryFolder } from "./watching.ts";

/** vim with nothing of the person's own; `-es` reads its commands and draws no screen. */
const vim = (...settings: string[]) => [
  "vim",
  ...["-u", "NONE", "-i", "NONE", "-N", "-es"],
  ...settings.flatMap((setting) => ["-c", `set ${setting}`]),
  ...["-c", "%s/before/after/", "-c", "wq"],
];

const EDITORS: readonly (readonly [name: string, command: readonly string[]])[] = [
  ["vim, writing into the file (backupcopy=yes)", vim("swapfile", "backupcopy=yes")],
  ["vim, writing a new file (backupcopy=no)", vim("swapfile", "backupcopy=no")],
  ["vim, keeping a backup (backupcopy=auto)", vim("swapfile", "backup", "backupcopy=auto")],
  ["vim, which patches (patchmode)", vim("swapfile", "patchmode=.orig~")],
  ["sed -i", ["sed", "-i", "s/before/after/"]],
  ["gofmt -w", ["gofmt", "-w", "-r", "before -> after"]],
];

const isThere = async ([program = ""]: readonly string[]) => {
  const { code } = await systemProcesses.run("sh", ["-c", 'command -v "$1"', "sh", program]);
  return code === 0;
};
const found = await Promise.all(EDITORS.map(([, command]) => isThere(command)));

test.each(EDITORS.filter((_, index) => found[index]))(
  "a save by %s is told of the file alone",
  async (_, [program = "", ...args]) => {
    const root = await temporaryFolder();
    const folder = join(root, "handlers");
    await mkdir(folder);
    const file = join(folder, "main.go");
    await writeFile(file, "package main\n\nvar x = before\n");
    const { changes, told } = await observe({ trees: [root] });
    const { code, output } = await systemProcesses.run(program, [...args, file]);
    expect(code, output).toBe(0);
    expect(await readFile(file, "utf8")).toBe("package main\n\nvar x = after\n");
    await writeFile(join(root, "sentinel"), "");
    await told(file, join(root, "sentinel"));
    expect(new Set(changes)).toEqual(new Set([file, join(root, "sentinel")]));
  },
);
