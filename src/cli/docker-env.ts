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
    .option("--shell <shell>", "bash, zsh, fish or powershell; $SHELL's by default")
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
  const { detectShell, dockerEnv: code, dockerVariables, SHELLS } = await import("../provider/docker-env.ts");
  const shell = options.shell ?? detectShell(session.machine.environment.SHELL);
  const known = SHELLS.find((candidate) => candidate === shell);
  if (known === undefined) {
    throw userFailure(`no shell called ${shell} is known`, { hint: `Give one of ${SHELLS.join(", ")} with --shell.` });
  }
  const { findCluster } = await import("../flow/cluster.ts");
  const cluster = await findCluster(await session.profile(options.profile), session.machine);
  cluster.daemon.close();
  if (session.json || options.output === "json") return printJson(session, dockerVariables(cluster.endpoint));
  say(session, code(cluster.endpoint, known, options.unset).trimEnd());
}
