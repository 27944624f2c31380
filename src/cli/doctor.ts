import type { Check, CheckState } from "../model/check.ts";
import { EXIT } from "../model/failure.ts";
import type { Commands } from "./commands.ts";
import { columnsOf, inLines } from "./fold.ts";
import { type Paint, painter } from "./paint.ts";
import { showBar } from "./progress.ts";
import { printJson, type Session, say } from "./session.ts";

export function defineDoctor({ program, run, profileOf }: Commands): void {
  program
    .command("doctor")
    .description("what would stop `devenv up`, or is worth knowing, and what to do about it")
    .argument("[profile]", "profile, by name or path")
    .action((profile: string | undefined) => run((session) => doctor(session, profileOf(profile))));
}

/** Exit code 3 when something would stop `devenv up`. */
async function doctor(session: Session, name: string | undefined): Promise<number> {
  const profile = await session.profile(name);
  const { diagnose } = await import("../flow/doctor/diagnose.ts");
  const bar = showBar(session, "looking at every layer");
  const checks = await diagnose(profile, session.machine, (waitsFor, done, total) =>
    bar.update(`waits for ${waitsFor.join(", ")}`, done, total),
  ).finally(() => bar.finish());
  const ok = !checks.some(({ state }) => state === "bad");
  if (session.json) printJson(session, { profile: profile.name, ok, checks });
  else {
    const paint = painter(session.color);
    const width = columnsOf(session.stdout);
    for (const line of worstLast(checks).flatMap((check) => linesOf(check, paint, width))) say(session, line);
    say(session, `\n${verdict(checks)}`);
  }
  return ok ? EXIT.done : EXIT.environment;
}

const MARKS = { ok: ["●", "green"], warn: ["▲", "yellow"], bad: ["✖", "red"] } as const satisfies Record<
  CheckState,
  unknown
>;

/** As wide as the longest name of a check, and a little more. */
const NAME_WIDTH = 14;

const ARROW = "→ ";

/** What is to be done stands where the eye is when all was printed. */
const worstLast = (checks: readonly Check[]): Check[] =>
  (["ok", "warn", "bad"] as const).flatMap((state) => checks.filter((check) => check.state === state));

/** @param width columns of a terminal; elsewhere each is one line */
function linesOf({ name, state, what, why, do: remedy }: Check, paint: Paint, width: number | undefined): string[] {
  const [shape, tone] = MARKS[state];
  const indent = " ".repeat(NAME_WIDTH + 3);
  const parts = (text: string, hang = 0) => (width === undefined ? [text] : inLines(text, width - indent.length, hang));
  const [first = "", ...rest] = parts(what);
  return [
    `${paint(tone, shape)}  ${name.padEnd(NAME_WIDTH)}${first}`,
    ...rest.map((part) => `${indent}${part}`),
    ...(why === undefined ? [] : parts(why).map((part) => `${indent}${paint("dim", part)}`)),
    ...(remedy === undefined ? [] : parts(`${ARROW}${remedy}`, ARROW.length).map((part) => `${indent}${part}`)),
  ];
}

function verdict(checks: readonly Check[]): string {
  const count = (state: CheckState) => checks.filter((check) => check.state === state).length;
  const [bad, warn] = [count("bad"), count("warn")];
  const noted = warn === 0 ? "" : `${warn === 1 ? "1 thing is" : `${warn} things are`} worth knowing`;
  if (bad > 0) return `${bad === 1 ? "1 thing stops" : `${bad} things stop`} \`devenv up\`${noted && `; ${noted}`}.`;
  return noted === "" ? "All is well." : `Nothing stops \`devenv up\`; ${noted}.`;
}
