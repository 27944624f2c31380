import { Command, Option } from "commander";
import { defineArtifacts } from "./artifacts.ts";
import { defineBuild } from "./build.ts";
import type { Commands } from "./commands.ts";
import { defineConfig } from "./config.ts";
import { defineDocker } from "./docker.ts";
import { defineDockerEnv } from "./docker-env.ts";
import { defineDoctor } from "./doctor.ts";
import { defineDown } from "./down.ts";
import { defineEngine } from "./engine.ts";
import { defineEvents } from "./events.ts";
import { defineExec } from "./exec.ts";
import { defineFetch } from "./fetch.ts";
import { defineHistory } from "./history.ts";
import { defineHome } from "./home.ts";
import { defineInit } from "./init.ts";
import { defineLogs } from "./logs.ts";
import { defineMinikube } from "./minikube.ts";
import { defineMinikubeMounts } from "./minikube-mounts.ts";
import { definePin } from "./pin.ts";
import { defineProfiles } from "./profiles.ts";
import { definePublish } from "./publish.ts";
import { definePullAll } from "./pull-all.ts";
import { defineRelay } from "./relay.ts";
import { defineRestart } from "./restart.ts";
import { defineRollback } from "./rollback.ts";
import { defineSchema } from "./schema.ts";
import { defineSecrets } from "./secrets.ts";
import type { GlobalOptions, Session } from "./session.ts";
import { defineSshLink } from "./ssh-link.ts";
import { defineStatus } from "./status.ts";
import { defineUnpin } from "./unpin.ts";
import { defineUp } from "./up.ts";
import { usageFailure } from "./usage.ts";
import { defineUse } from "./use.ts";
import { defineVm } from "./vm.ts";
import { defineWatch } from "./watch.ts";

/** The commands as `--help` shows them, each under its heading. */
const GROUPS: readonly (readonly [heading: string, defines: readonly ((commands: Commands) => void)[]])[] = [
  [
    "The cluster:",
    [
      defineHome,
      defineUp,
      defineUse,
      defineWatch,
      defineStatus,
      defineEvents,
      defineLogs,
      defineHistory,
      defineRestart,
      defineExec,
      defineBuild,
      defineDown,
      defineDoctor,
      defineRelay,
      defineSshLink,
      defineMinikubeMounts,
    ],
  ],
  ["CI's builds:", [defineFetch, defineRollback, defineArtifacts, definePin, defineUnpin, definePublish]],
  ["Profiles:", [defineInit, defineProfiles, defineConfig, defineSchema, defineSecrets]],
  ["Its repositories:", [definePullAll]],
  ["The Docker daemon:", [defineDockerEnv, defineDocker, defineEngine, defineVm, defineMinikube]],
];

/**
 * The command line. Every command's file says what it takes and imports what it does only when it runs, so that
 * `--help` costs next to nothing. `finish` is told the exit code of the command that ran.
 */
export function createProgram(
  version: string,
  open: (options: GlobalOptions) => Session,
  finish: (exitCode: number) => void,
): Command {
  const program = new Command("devenv")
    .description("A local cluster of prebuilt services, and hot-swap of the one you edit.")
    .version(version, "-V, --version")
    .option("-p, --profile <name>", "profile, by name or path")
    .addOption(
      new Option("-f, --file <file>", "Compose file in place of a profile; several are merged").argParser(collect),
    )
    .option("--json", "machine-readable output")
    .option("--no-color", "no colour (NO_COLOR is honoured, too)")
    .enablePositionalOptions()
    .configureHelp({ subcommandTerm: term, optionDescription: descriptionOf })
    .addHelpCommand(new Command("help").argument("[command]").description("what a command takes").helpGroup("Help:"))
    .configureOutput({ outputError: () => {} });
  let given: GlobalOptions = {};
  program.hook("preAction", (_program, command) => {
    given = globalOptions(program, command);
  });
  const passing = new Set<Command>();
  const commands: Commands = {
    program,
    passOn: (command) => {
      passing.add(command.allowUnknownOption().passThroughOptions().helpOption(false));
    },
    run: async (body) => finish((await body(open(given))) ?? 0),
    profileOf: (argument) => argument ?? given.profile,
  };
  for (const [heading, defines] of GROUPS) {
    program.commandsGroup(heading);
    for (const define of defines) define(commands);
  }
  acceptGlobalOptionsEverywhere(program, passing);
  explainWrongUsage(program);
  return program;
}

/** A command with verbs of its own (`secrets check`) and those verbs, too. */
const commandsBelow = (command: Command): Command[] =>
  command.commands.flatMap((each) => [each, ...commandsBelow(each)]);

function explainWrongUsage(program: Command): void {
  for (const command of [program, ...commandsBelow(program)]) {
    command.exitOverride((error) => {
      // A group of verbs (`vm`) without one: its help, which was printed, says all.
      throw error.exitCode === 0 || error.code === "commander.help" ? error : usageFailure(error, command);
    });
  }
}

/** `status|ps [profile]`: that every command has options leaves too little of 80 columns for what it does. */
const term = (command: Command): string =>
  [[command.name(), ...command.aliases()].join("|"), command.usage().replace("[options]", "").trim()].join(" ").trim();

/** That what is not given is off, or empty, needs no words. */
const descriptionOf = ({ description, defaultValue, defaultValueDescription }: Option): string => {
  const isNothing = defaultValue === undefined || typeof defaultValue === "boolean" || String(defaultValue) === "";
  return isNothing ? description : `${description} (default: ${defaultValueDescription ?? String(defaultValue)})`;
};

const collect = (value: string, before: readonly string[] = []): readonly string[] => [...before, value];

/**
 * `devenv status --json` as well as `devenv --json status`: people write options where they think of them. After
 * `logs`, `-f` follows, as it does after `docker compose logs`; files are `--file` there, or come before the command.
 */
function acceptGlobalOptionsEverywhere(program: Command, except: ReadonlySet<Command>): void {
  for (const command of commandsBelow(program).filter((each) => !except.has(each))) {
    const taken = new Set(command.options.map(({ short }) => short));
    for (const option of program.options) {
      if (option.long === "--version") continue;
      option.helpGroup(EVERYWHERE);
      if (option.short === undefined || !taken.has(option.short)) command.addOption(option);
      else command.addOption(longOnly(option));
    }
  }
}

const EVERYWHERE = "Options of every command:";

const longOnly = ({ long, description }: Option): Option =>
  new Option(`${long} <file>`, description).argParser(collect).helpGroup(EVERYWHERE);

/** What was given after the command's name counts over what was given before it; files are all meant. */
function globalOptions(program: Command, command: Command): GlobalOptions {
  const before = program.opts<GlobalOptions>();
  if (command === program) return before;
  const given = Object.entries(command.opts()).filter(([name]) => command.getOptionValueSource(name) === "cli");
  const after: GlobalOptions = Object.fromEntries(given);
  const file = [...(before.file ?? []), ...(after.file ?? [])];
  return { ...before, ...after, ...(file.length > 0 && { file }) };
}
