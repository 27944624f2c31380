import type { Commands } from "./commands.ts";
import type { Session } from "./session.ts";

export function defineDocker({ program, run, profileOf, passOn }: Commands): void {
  const command = program
    .command("docker")
    .description("your docker CLI on the cluster's daemon")
    .argument("[args...]", "handed on as they are; options for devenv come before `docker`")
    .action((args: string[]) => run((session) => docker(session, profileOf(), args)));
  passOn(command);
}

/** Ends with the program's own exit code. */
async function docker(session: Session, name: string | undefined, args: readonly string[]): Promise<number> {
  const profile = await session.profile(name);
  const { runDocker } = await import("../flow/docker-program.ts");
  session.leaveInterrupts();
  return runDocker(profile, args, session.machine);
}
