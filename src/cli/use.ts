import type { ModeChanges, ModeRow, UseResult } from "../flow/use.ts";
import { type Problem, userFailure } from "../model/failure.ts";
import { type ServiceName, serviceName } from "../model/names.ts";
import { nearest } from "../model/nearest.ts";
import type { ModeChoice, Profile } from "../model/profile.ts";
import { duration } from "../state/duration.ts";
import type { Commands } from "./commands.ts";
import { painter } from "./paint.ts";
import { showProgress } from "./progress.ts";
import { note, printJson, type Session, say } from "./session.ts";
import { table } from "./table.ts";
import { tellWarnings } from "./warnings.ts";

interface UseArguments {
  readonly words: readonly string[];
  readonly profile: string | undefined;
  readonly list: boolean;
  readonly clear: boolean;
}

const HELP = `
Modes:
  ci            CI's build; \`devenv watch\` leaves it alone
  local         built from the work tree now, and swapped on every save
  host:PORT     the others are led to a program here, under a debugger say
  remote:URL    the others are led to http(s)://host[:port][/path],
                tcp://host:port or tls://host:port
  off           no container

A choice survives \`devenv down\`. \`devenv use --clear search\` goes back to
what the profile says.`;

export function defineUse({ program, run, profileOf }: Commands): void {
  program
    .command("use")
    .description("choose where a service's code comes from, while the cluster runs")
    .argument("[service=mode...]", "books=local authors=ci search=host:9090 reviews=remote:https://… recommend=off")
    .option("--list", "the mode of every service, and who says so", false)
    .option("--clear", "take the choices for these services back; for all of them when none is named", false)
    .addHelpText("after", HELP)
    .action((words: string[], { list, clear }: { list: boolean; clear: boolean }) =>
      run((session) => use(session, { words, profile: profileOf(), list, clear })),
    );
}

async function use(session: Session, { words, profile: name, list, clear }: UseArguments): Promise<void> {
  const profile = await session.profile(name);
  const flow = await import("../flow/use.ts");
  if (list || (words.length === 0 && !clear)) return printModes(session, flow.modeRows(profile, session.machine));
  tellWarnings(session, profile);
  const { parseMode } = await import("../profile/mode-syntax.ts");
  const chosen = clear ? flow.chosenServices(profile, session.machine) : [];
  const known = new Set([...profile.services.map((service) => service.name), ...chosen]);
  const grammar = { profile: profile.name, known, clear, parseMode };
  const changes = clear && words.length === 0 ? cleared(chosen) : changesOf(words, grammar);
  const begun = session.machine.clock.monotonic();
  const progress = showProgress(session);
  const tell = (text: string) => note(session, painter(session.color)("dim", text));
  const result = await flow.use(profile, changes, tell, session.machine).finally(() => progress?.finish());
  const ms = session.machine.clock.monotonic() - begun;
  const rows = flow.modeRows(profile, session.machine).filter(({ service }) => changes.has(service));
  printResult(session, profile, { result, rows, ms });
}

const cleared = (services: readonly ServiceName[]): ModeChanges =>
  new Map(services.map((service) => [service, undefined]));

type ParseMode = (text: string) => { value: ModeChoice } | { problem: string; hint?: string | undefined };

/** What a word on the command line is understood by. */
interface Grammar {
  readonly profile: string;
  /** Services of the profile, and those that a mode was chosen for when they still were. */
  readonly known: ReadonlySet<string>;
  /** A service without a mode gives its own back. */
  readonly clear: boolean;
  readonly parseMode: ParseMode;
}

/** What was asked for; everything that is wrong with it is told at once. */
function changesOf(words: readonly string[], grammar: Grammar): ModeChanges {
  const taken = words.map((word) => changeOf(word, grammar));
  const problems = taken.flatMap((one) => ("message" in one ? [one] : []));
  const [first] = problems;
  if (first !== undefined && problems.length === 1) throw userFailure(first.message, first);
  if (first !== undefined) throw userFailure(`${problems.length} of the modes cannot be taken`, { problems });
  return new Map(taken.flatMap((one) => ("service" in one ? [[one.service, one.mode]] : [])));
}

interface ModeChange {
  readonly service: ServiceName;
  readonly mode: ModeChoice | undefined;
}

function changeOf(word: string, { profile, known, clear, parseMode }: Grammar): ModeChange | Problem {
  const at = word.indexOf("=");
  const service = at < 0 ? word : word.slice(0, at);
  if (!known.has(service)) {
    const close = nearest(service, known);
    const hint = close.length > 0 ? `Did you mean ${close.join(" or ")}?` : `It has ${[...known].join(", ")}.`;
    return { message: `profile ${profile} has no service ${service}`, hint };
  }
  if (at < 0 && clear) return { service: serviceName(service), mode: undefined };
  if (at < 0) return { message: `${service} in which mode?`, hint: `Write \`devenv use ${service}=local\`, say.` };
  const parsed = parseMode(word.slice(at + 1));
  if ("value" in parsed) return { service: serviceName(service), mode: parsed.value };
  return { message: `${service}: ${parsed.problem}`, ...(parsed.hint && { hint: sentence(parsed.hint) }) };
}

const sentence = (text: string): string => `${text.charAt(0).toUpperCase()}${text.slice(1)}`;

function printModes(session: Session, rows: readonly ModeRow[]): void {
  if (session.json) {
    printJson(session, { services: rows });
    return;
  }
  const cells = rows.map(({ service, mode, from, target }) => [service, mode, from, target ?? "-"]);
  say(session, table(["SERVICE", "MODE", "FROM", "TARGET"], cells, session.stdout.columns ?? 120));
}

interface Done {
  readonly result: UseResult;
  readonly rows: readonly ModeRow[];
  readonly ms: number;
}

function printResult(session: Session, profile: Profile, { result, rows, ms }: Done): void {
  const { applied, steps, notes } = result;
  if (session.json) {
    printJson(session, { type: "use", cluster: profile.name, applied, steps, ms, services: rows, notes });
    return;
  }
  for (const { service, mode, target } of rows) {
    say(session, `  ${service.padEnd(12)} ${mode}${target === null ? "" : ` -> ${target}`}`);
  }
  for (const text of notes) say(session, painter(session.color)("yellow", `! ${text}`));
  if (!applied) say(session, `Noted. Cluster ${profile.name} does not run; \`devenv up\` starts it so.`);
  else if (steps === 0) say(session, "Nothing to do: it is so already.");
  else say(session, `Done after ${duration(ms)}.`);
}
