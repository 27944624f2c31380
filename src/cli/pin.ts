import type { FetchRow } from "../flow/fetch-result.ts";
import type { Pinned } from "../flow/pin.ts";
import { EXIT } from "../model/failure.ts";
import type { PinInPlace } from "../model/pin.ts";
import { PINS_FILE } from "../model/pin.ts";
import type { Profile } from "../model/profile.ts";
import { readPinsFile, unknownPins } from "../profile/pins.ts";
import type { Commands } from "./commands.ts";
import { explain } from "./explain.ts";
import { painter } from "./paint.ts";
import { showProgress } from "./progress.ts";
import { note, printJson, type Session, say } from "./session.ts";
import { table } from "./table.ts";
import { noteWarnings } from "./warnings.ts";

interface PinArguments {
  readonly service: string | undefined;
  readonly build: string | undefined;
  readonly reason: string | undefined;
  readonly profile: string | undefined;
}

const HELP = `
Without a build, the one that runs; without a service, the pins that there are.
They are in ${PINS_FILE} of the workspace, which belongs under version control.`;

export function definePin({ program, run, profileOf }: Commands): void {
  program
    .command("pin")
    .description("have a service stay on a build of CI, whatever is newer")
    .argument("[service]")
    .argument("[build]", "its number, as `devenv artifacts list` shows it")
    .option("--reason <words>", "why, for those who read the file")
    .addHelpText("after", HELP)
    .action((service: string | undefined, build: string | undefined, { reason }: { reason?: string }) =>
      run((session) => pin(session, { service, build, reason, profile: profileOf() })),
    );
}

async function pin(session: Session, { service, profile: name, ...word }: PinArguments): Promise<number> {
  const profile = await session.profile(name);
  if (service === undefined) {
    await printPins(session, profile);
    return EXIT.done;
  }
  const flow = await import("../flow/pin.ts");
  const pinned = await flow.pin(profile, service, word, session.machine);
  if (!session.json) sayPinned(session, pinned);
  const row = flow.isBringDue(pinned) ? await bring(session, profile, pinned) : undefined;
  if (session.json) {
    const { pin: now, before, running = null } = pinned;
    const was = before?.build ?? null;
    printJson(session, { type: "pinned", ...rowOf(pinned.service, now), was, running, fetched: row ?? null });
  } else if (row !== undefined) sayBrought(session, row);
  return row?.failure === undefined ? EXIT.done : EXIT.failed;
}

function sayPinned(session: Session, { service, pin: now, before, running }: Pinned): void {
  const was = before === undefined ? "" : `, no longer on ${before.build}`;
  say(session, `✔ ${service} stays on ci:${now.build}${was}; commit ${PINS_FILE} to have the team do so, too.`);
  if (!running?.startsWith("local:")) return;
  note(session, `! ${service} goes on with ${running} of your work tree.`);
  note(session, `  \`devenv use ${service}=ci\` takes the pinned build.`);
}

/** What a person says it stays on, it is to run: swapped in as `devenv fetch` does it. */
async function bring(session: Session, profile: Profile, { service }: Pinned): Promise<FetchRow | undefined> {
  const { fetch } = await import("../flow/fetch.ts");
  const progress = showProgress(session);
  const options = { dryRun: false, note: (text: string) => note(session, painter(session.color)("dim", text)) };
  const { rows } = await fetch(profile, [service], options, session.machine).finally(() => progress?.finish());
  return rows[0];
}

function sayBrought(session: Session, { service, from, to, outcome, reason, failure }: FetchRow): void {
  if (failure !== undefined) note(session, explain(failure, painter(session.color)));
  else if (outcome === "swapped") say(session, `✔ ${service} runs ${to} in place of ${from}.`);
  else if (reason !== undefined) note(session, `! ${service} goes on with ${from}: ${reason}.`);
}

async function printPins(session: Session, profile: Profile): Promise<void> {
  const { pins, warnings } = await readPinsFile(profile.workspace);
  const known = new Set([...profile.services.map(({ name }) => name), ...profile.disabled]);
  const odd = [...warnings, ...unknownPins(pins, known, profile.name)];
  if (session.json) {
    printJson(session, { pins: [...pins].map(([service, each]) => rowOf(service, each)), warnings: odd });
    return;
  }
  if (pins.size === 0) say(session, "Nothing is pinned: `devenv up` takes CI's newest builds.");
  else {
    const rows = [...pins].map(([service, { build, date, by, reason }]) => [
      service,
      build,
      date ?? "-",
      by ?? "-",
      reason?.split("\n")[0] ?? "-",
    ]);
    say(session, table(["SERVICE", "BUILD", "DATE", "BY", "REASON"], rows, session.stdout.columns ?? 120));
  }
  noteWarnings(session, odd);
}

const rowOf = (service: string, { build, reason, date, by }: PinInPlace) => ({
  service,
  build,
  reason: reason ?? null,
  date: date ?? null,
  by: by ?? null,
});
