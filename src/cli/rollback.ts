import { PINS_FILE } from "../model/pin.ts";
import { duration } from "../state/duration.ts";
import type { Commands } from "./commands.ts";
import { painter } from "./paint.ts";
import { showProgress } from "./progress.ts";
import { note, printJson, type Session, say } from "./session.ts";

const HELP = `
By the same swap as \`devenv fetch\`; what does not answer any more is taken back.
A build of CI is pinned, so that the next \`devenv up\` or \`devenv fetch\` stays on
it: \`devenv unpin\` ends that. A second \`devenv rollback\` goes back to the build
that the first one left, as \`kubectl rollout undo\` does.`;

export function defineRollback({ program, run, profileOf }: Commands): void {
  program
    .command("rollback")
    .description("go back to the build of a service that ran before")
    .argument("<service>")
    .addHelpText("after", HELP)
    .action((service: string) => run((session) => rollback(session, service, profileOf())));
}

async function rollback(session: Session, service: string, name: string | undefined): Promise<void> {
  const profile = await session.profile(name);
  const flow = await import("../flow/rollback.ts");
  const paint = painter(session.color);
  const begun = session.machine.clock.monotonic();
  const progress = showProgress(session);
  const tell = (text: string) => note(session, paint("dim", text));
  const done = await flow.rollback(profile, service, tell, session.machine).finally(() => progress.finish());
  const ms = session.machine.clock.monotonic() - begun;
  const { from, to, pin, notes } = done;
  if (session.json) {
    const pinned = pin === undefined ? null : { build: pin.build, reason: pin.reason ?? null };
    return printJson(session, { type: "rollback", service: done.service, from, to, pinned, notes, ms });
  }
  say(session, `${done.service} runs ${to} again, no longer ${from}, after ${duration(ms)}.`);
  if (pin !== undefined) {
    say(session, `It is pinned to it in ${PINS_FILE}; \`devenv unpin ${done.service}\` has it follow CI again.`);
  }
  for (const text of notes) note(session, paint("yellow", `! ${text}`));
}
