import type { Commands } from "./commands.ts";
import { showProgress } from "./progress.ts";
import { note, printJson, type Session, say } from "./session.ts";

export function defineDown(commands: Commands): void {
  define(commands, "down", "end and remove the containers; named volumes stay");
  define(commands, "reset", "down, and all data with it: whatever carries this cluster's label");
}

function define({ program, run, profileOf }: Commands, verb: "down" | "reset", description: string): void {
  program
    .command(verb)
    .description(description)
    .argument("[profile]", "profile, by name or path")
    .option("--dry-run", "print the plan, do nothing", false)
    .action((profile: string | undefined, { dryRun }: { dryRun: boolean }) =>
      run((session) => down(session, { profile: profileOf(profile), dryRun, reset: verb === "reset" })),
    );
}

interface DownArguments {
  readonly profile: string | undefined;
  readonly dryRun: boolean;
  /** `devenv reset`: the data, too. */
  readonly reset: boolean;
}

async function down(session: Session, { profile: name, dryRun, reset }: DownArguments): Promise<void> {
  const profile = await session.profile(name);
  const { down: bringDown } = await import("../flow/down.ts");
  const progress = dryRun ? undefined : showProgress(session);
  const tell = (text: string) => note(session, text);
  const plan = await bringDown(profile, { dryRun, reset, note: tell }, session.machine).finally(() =>
    progress?.finish(),
  );
  if (session.json)
    return printJson(session, dryRun ? plan : { type: reset ? "reset" : "down", cluster: profile.name });
  if (dryRun) {
    const { printPlan } = await import("../plan/print.ts");
    return say(session, printPlan(plan));
  }
  if (plan.steps.length === 0) return say(session, `Nothing to do: cluster ${profile.name} is not running.`);
  say(
    session,
    reset ? `Cluster ${profile.name} and its data are gone.` : `Cluster ${profile.name} is down; its data is kept.`,
  );
}
