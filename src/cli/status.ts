import type { ClusterStatus, ServiceStatus } from "../model/status.ts";
import { buildInWords } from "../state/build-words.ts";
import { debuggerWords } from "../state/debugger-words.ts";
import { age } from "../state/duration.ts";
import { MARKS } from "../state/marks.ts";
import { stateWords } from "../state/replicas.ts";
import type { Commands } from "./commands.ts";
import { type Paint, painter } from "./paint.ts";
import { printJson, type Session, say } from "./session.ts";
import { table } from "./table.ts";
import { noteWarnings } from "./warnings.ts";

export function defineStatus({ program, run, profileOf }: Commands): void {
  program
    .command("status")
    .alias("ps")
    .description("what runs, from which build, since when, where")
    .argument("[profile]", "profile, by name or path")
    .action((profile: string | undefined) => run((session) => status(session, profileOf(profile))));
}

/** One table, or one JSON object. */
export async function status(session: Session, name: string | undefined): Promise<void> {
  const [profile, { findCluster }, flow] = await Promise.all([
    session.profile(name),
    import("../flow/cluster.ts"),
    import("../flow/status.ts"),
  ]);
  const cluster = await findCluster(profile, session.machine);
  try {
    const now = await flow.status(profile, cluster);
    if (session.json) return printJson(session, now);
    say(session, statusTable(now, session));
    noteWarnings(session, now.warnings ?? []);
  } finally {
    cluster.daemon.close();
  }
}

function statusTable(now: ClusterStatus, session: Session): string {
  const paint = painter(session.color);
  const head = `${paint("bold", now.cluster)} on ${now.provider}, environment ${now.environment}`;
  const at = session.machine.clock.now();
  const rows = now.services.map((service) => row(service, at, paint));
  const reasons = now.services.flatMap(({ name, reason }) => (reason === undefined ? [] : [`  ${name}: ${reason}`]));
  const debuggers = now.services.flatMap((row) =>
    row.debugger === undefined ? [] : [`  ${row.name}: ${debuggerWords(row.debugger)}`],
  );
  const columns = session.stdout.columns ?? 120;
  return [head, "", table(HEADINGS, rows, columns, HEADINGS.indexOf("BUILD")), ...reasons, ...debuggers].join("\n");
}

const HEADINGS = ["", "SERVICE", "STATE", "MODE", "BUILD", "SINCE", "ADDRESS"];

function row(service: ServiceStatus, now: number, paint: Paint): string[] {
  const { name, state, mode, since, address } = service;
  const { shape, tone, word } = MARKS[state];
  return [
    paint(tone, shape),
    name,
    paint(tone, stateWords(word, service, now)),
    mode,
    buildInWords(service),
    since === null ? "-" : age(now - Date.parse(since)),
    address ?? "-",
  ];
}
