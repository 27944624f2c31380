import type { Pinned } from "../flow/pin.ts";
import type { PinInPlace } from "../model/pin.ts";
import { PINS_FILE } from "../model/pin.ts";
import type { Profile } from "../model/profile.ts";
import { readPinsFile, unknownPins } from "../profile/pins.ts";
import type { Commands } from "./commands.ts";
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

async function pin(session: Session, { service, profile: name, ...word }: PinArguments): Promise<void> {
  const profile = await session.profile(name);
  if (service === undefined) return printPins(session, profile);
  const flow = await import("../flow/pin.ts");
  printPinned(session, await flow.pin(profile, service, word, session.machine));
}

function printPinned(session: Session, { service, pin: now, before, running }: Pinned): void {
  if (session.json) {
    const was = before?.build ?? null;
    printJson(session, { type: "pinned", ...rowOf(service, now), was, running: running ?? null });
    return;
  }
  const was = before === undefined ? "" : `, no longer on ${before.build}`;
  say(session, `✔ ${service} stays on ci:${now.build}${was}; commit ${PINS_FILE} to have the team do so, too.`);
  if (running === undefined || running === `ci:${now.build}`) return;
  if (running.startsWith("local:")) {
    note(
      session,
      `! ${service} runs ${running} of your work tree, and goes on with it until \`devenv use ${service}=ci\`.`,
    );
  } else note(session, `! ${service} runs ${running}: \`devenv fetch ${service}\` brings it to ci:${now.build}.`);
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
