/**
 * The environment that git is run in: it asks nobody anything, opens no window, starts no housekeeping, and is not led
 * astray by the variables of a git that devenv was started from (a hook, `git rebase --exec`).
 */
export function gitEnvironment(
  environment: Readonly<NodeJS.ProcessEnv>,
  sshOptions: readonly string[] = [],
): Record<string, string | undefined> {
  return {
    ...Object.fromEntries(OF_ONE_REPOSITORY.map((name) => [name, undefined])),
    ...QUIET,
    ...sshCommand(environment, sshOptions),
    ...configuration(environment),
  };
}

/** `git rev-parse --local-env-vars`, without those that carry configuration from the command line. */
const OF_ONE_REPOSITORY = [
  "GIT_DIR",
  "GIT_WORK_TREE",
  "GIT_INDEX_FILE",
  "GIT_COMMON_DIR",
  "GIT_OBJECT_DIRECTORY",
  "GIT_ALTERNATE_OBJECT_DIRECTORIES",
  "GIT_GRAFT_FILE",
  "GIT_SHALLOW_FILE",
  "GIT_NO_REPLACE_OBJECTS",
  "GIT_REPLACE_REF_BASE",
  "GIT_PREFIX",
  "GIT_IMPLICIT_WORK_TREE",
  "GIT_INTERNAL_SUPER_PREFIX",
  "GIT_NAMESPACE",
  "GIT_QUARANTINE_PATH",
];

/** For looks, which start no hook: words that can be looked up, and no lock that a person's own git could run into. */
export const LOOKING = { LC_ALL: "C.UTF-8", GIT_OPTIONAL_LOCKS: "0" };

const QUIET = {
  GIT_TERMINAL_PROMPT: "0",
  // Set and empty: neither core.askPass nor SSH_ASKPASS is asked instead.
  GIT_ASKPASS: "",
  SSH_ASKPASS_REQUIRE: "never",
  // Git Credential Manager's windows.
  GCM_INTERACTIVE: "never",
  GCM_MODAL_PROMPT: "0",
  GIT_PAGER: "cat",
  GIT_EDITOR: ":",
  GIT_MERGE_AUTOEDIT: "no",
};

/** What a person's configuration must not add to a fetch or a fast-forward: it counts over every file. */
const SETTINGS: readonly (readonly [string, string])[] = [
  ["gc.auto", "0"],
  ["maintenance.auto", "false"],
  ["merge.autoStash", "false"],
  ["credential.interactive", "false"],
  ["advice.diverging", "false"],
];

/** Behind those that came with the environment. */
function configuration(environment: Readonly<NodeJS.ProcessEnv>): Record<string, string> {
  const first = Number(environment.GIT_CONFIG_COUNT ?? 0) || 0;
  const entries = SETTINGS.flatMap(([key, value], index) => [
    [`GIT_CONFIG_KEY_${first + index}`, key],
    [`GIT_CONFIG_VALUE_${first + index}`, value],
  ]);
  return { ...Object.fromEntries(entries), GIT_CONFIG_COUNT: String(first + SETTINGS.length) };
}

/**
 * ssh in batch mode. The person's own command stays: GIT_SSH_COMMAND, else the repository's core.sshCommand (a key of its
 * own, say), which only git can look up; a program in GIT_SSH is left as it is. The connection is shared with `sshOptions`
 * only where ssh is the plain one, because another command may log in as someone else.
 */
function sshCommand(environment: Readonly<NodeJS.ProcessEnv>, sshOptions: readonly string[]): Record<string, string> {
  const own = environment.GIT_SSH_COMMAND;
  if (own) return { GIT_SSH_COMMAND: `${own} ${BATCH}` };
  if (environment.GIT_SSH) return {};
  const plain = ["ssh", BATCH, ...sshOptions].join(" ");
  const configured = `eval "exec $c ${BATCH} \\"\\$@\\""`;
  return {
    GIT_SSH_COMMAND: `ask() { c=$(git config core.sshCommand); if [ -n "$c" ]; then ${configured}; fi; exec ${plain} "$@"; }; ask`,
    GIT_SSH_VARIANT: environment.GIT_SSH_VARIANT ?? "ssh",
  };
}

const BATCH = "-o BatchMode=yes";
