import { appears, withAppearing } from "../flow/appearing.ts";
import type { UpResult } from "../flow/up.ts";
import type { Plan } from "../model/operation.ts";
import type { Service } from "../model/profile.ts";
import { debuggerWords } from "../state/debugger-words.ts";
import { duration } from "../state/duration.ts";
import type { Commands } from "./commands.ts";
import { painter } from "./paint.ts";
import { showProgress } from "./progress.ts";
import { printJson, type Session, say } from "./session.ts";
import { plainStages } from "./stages.ts";
import { tellWarnings } from "./warnings.ts";

export function defineUp({ program, run, profileOf }: Commands): void {
  program
    .command("up")
    .description("bring the cluster up, or to what its profile says now")
    .argument("[profile]", "profile, by name or path")
    .option("--dry-run", "print the plan with its causes, do nothing", false)
    .action((profile: string | undefined, { dryRun }: { dryRun: boolean }) =>
      run((session) => up(session, { profile: profileOf(profile), dryRun })),
    );
}

type Debuggers = UpResult["debuggers"];

interface UpArguments {
  readonly profile: string | undefined;
  readonly dryRun: boolean;
}

async function up(session: Session, { profile: name, dryRun }: UpArguments): Promise<void> {
  const profile = await session.profile(name);
  tellWarnings(session, profile);
  const { up: bringUp } = await import("../flow/up.ts");
  const begun = session.machine.clock.monotonic();
  const progress = dryRun ? undefined : showProgress(session);
  const tell = progress?.stage ?? plainStages(session).tell;
  const { plan, endpoint, notes, context, isNewContext, off, debuggers } = await bringUp(
    profile,
    { dryRun, note: tell },
    session.machine,
  ).finally(() => progress?.finish());
  const ms = session.machine.clock.monotonic() - begun;
  if (dryRun) return printDryRun(session, plan);
  if (session.json) {
    return printJson(session, {
      type: "up",
      cluster: profile.name,
      steps: plan.steps.length,
      ms,
      notes,
      context,
      ...named(debuggers),
    });
  }
  if (plan.steps.length === 0) say(session, `Nothing to do: cluster ${profile.name} is as its profile wants it.`);
  else say(session, `Cluster ${profile.name} is up on ${endpoint.provider} after ${duration(ms)}.`);
  for (const text of notes) say(session, painter(session.color)("yellow", `! ${text}`));
  printAddresses(
    session,
    profile.services
      .filter(({ name }) => !off.has(name))
      .map((service) => ({ ...service, ports: service.ports.filter((port) => appears(endpoint, port)) }))
      .map((service) => withAppearing(endpoint, service)),
  );
  printDebuggers(session, debuggers);
  if (isNewContext) say(session, row("docker", `docker --context ${context} ps`, session));
}

/** A name, and what to type or to open. */
const row = (name: string, what: string, { color }: Session): string =>
  `  ${name.padEnd(12)} ${painter(color)("cyan", what)}`;

/** For `--json`; nothing where no service is to have one. */
const named = (debuggers: Debuggers): object =>
  debuggers.size === 0 ? {} : { debuggers: Object.fromEntries(debuggers) };

/** Where an editor can attach, and which service has no debugger though it is to have one. */
function printDebuggers(session: Session, debuggers: Debuggers): void {
  const paint = painter(session.color);
  for (const [name, one] of debuggers) {
    const words = debuggerWords(one);
    say(session, `  ${name.padEnd(12)} ${one.state === "listening" ? paint("cyan", words) : paint("yellow", words)}`);
  }
}

async function printDryRun(session: Session, plan: Plan): Promise<void> {
  if (session.json) return printJson(session, plan);
  const { printPlan } = await import("../plan/print.ts");
  say(session, printPlan(plan));
}

/** The published addresses, each with the service that answers there. */
function printAddresses(session: Session, services: readonly Service[]): void {
  for (const service of services) {
    for (const port of service.ports) {
      // Which port the daemon chose, out of all or of a range, `devenv status` says.
      if (port.hostPort === 0 || port.hostPortEnd !== undefined) continue;
      const scheme = service.ready?.kind === "http" ? "http://" : "";
      say(session, row(service.name, `${scheme}${port.hostAddress}:${port.hostPort}`, session));
    }
  }
}
