import type { Command } from "commander";
import { expect, test } from "vitest";
import { createProgram } from "../../../src/cli/program.ts";

const program = createProgram(
  "1.0.0",
  () => expect.unreachable("--help opens no session"),
  () => undefined,
);

const commands = (of: Command): Command[] => [of, ...of.commands.flatMap(commands)];

/** What `--help` of a command prints on a terminal of 80 columns. */
function helpOf(command: Command): string {
  const written: string[] = [];
  command.configureOutput({ writeOut: (text) => written.push(text), getOutHelpWidth: () => 80 });
  command.outputHelp();
  return written.join("");
}

const named = commands(program).map((command) => [command.name(), command] as const);

test.each(named)("the help of %s fits a terminal of 80 columns", (_name, command) => {
  expect(helpOf(command)).toContain("Usage: devenv");
  expect(
    helpOf(command)
      .split("\n")
      .filter((line) => line.length > 80),
  ).toEqual([]);
});

test("the help of `vm ssh` says how to give a line to a shell", () => {
  const vm = program.commands.find((command) => command.name() === "vm");
  const ssh = vm?.commands.find((command) => command.name() === "ssh");
  expect(ssh && helpOf(ssh)).toContain("`-- sh -c 'a; b'`, and not `-- 'a; b'`");
});

test.each(named)("the help of %s says no default that is nothing", (_name, command) => {
  expect(helpOf(command)).not.toMatch(/default: (false|true|\[\]|undefined|)\)/);
});
