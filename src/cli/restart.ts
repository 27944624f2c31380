import { duration } from "../state/duration.ts";
import type { Commands } from "./commands.ts";
import { printJson, type Session, say } from "./session.ts";

export function defineRestart({ program, run, profileOf }: Commands): void {
  program
    .command("restart")
    .description("restart the process of a service, in its container")
    .argument("<service...>")
    .action((services: string[]) => run((session) => restart(session, services, profileOf())));
}

async function restart(session: Session, services: readonly string[], name: string | undefined): Promise<void> {
  const profile = await session.profile(name);
  const { restart: restartServices } = await import("../flow/restart.ts");
  const restarted = await restartServices(profile, services, session.machine);
  if (session.json) return printJson(session, restarted);
  for (const { service, ms } of restarted) say(session, `✔ ${service} answers again after ${duration(ms)}`);
}
