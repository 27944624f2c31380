import { Option } from "commander";
import { userFailure } from "../model/failure.ts";
import type { Commands } from "./commands.ts";
import { printJson, type Session, say } from "./session.ts";

interface DockerEnvFlags {
  readonly shell?: string;
  readonly output?: string;
  readonly unset: boolean;
}

export function defineDockerEnv({ program, run, profileOf }: Commands): void {
  program
    .command("docker-env")
    .description('shell code for docker: eval "$(devenv docker-env)"')
    .option("--shell <shell>", "bash, zsh, sh, fish, tcsh, csh, powershell, cmd or elvish; $SHELL's by default")
    .addOption(new Option("-o, --output <format>", "the variables as data").choices(["json"]))
    .option("-u, --unset", "code that takes it back", false)
    .action(({ shell, output, unset }: DockerEnvFlags) =>
      run((session) => dockerEnv(session, { profile: profileOf(), shell, output, unset })),
    );
}

interface DockerEnvArguments {
  readonly profile: string | undefined;
  readonly shell: string | undefined;
  readonly output: string | undefined;
  readonly unset: boolean;
}

async function dockerEnv(session: Session, options: DockerEnvArguments): Promise<void> {
  const {
    detectShell,
    dockerEnv: code,
    dockerVariables,
    SHELLS,
    shellNamed,
  } = await import("../provider/docker-env.ts");
  const shell = options.shell === undefined ? detectShell(session.machine.environment) : shellNamed(options.shell);
  if (shell === undefined) {
    throw userFailure(`no shell called ${options.shell} is known`, {
      hint: `Give one of ${SHELLS.join(", ")} with --shell; \`-o json\` has the values for any other.`,
    });
  }
  const { findCluster } = await import("../flow/cluster.ts");
  const cluster = await findCluster(await session.profile(options.profile), session.machine);
  cluster.daemon.close();
  await (await import("../provider/endpoint-link.ts")).lend(cluster.endpoint);
  if (session.json || options.output === "json") return printJson(session, dockerVariables(cluster.endpoint));
  const given = /^[\w@%+=:,./-]+$/.test(options.profile ?? "") ? ` --profile ${options.profile}` : "";
  say(session, code(cluster.endpoint, shell, { unset: options.unset, given }).trimEnd());
}
