import type { ClusterStatus, ServiceStatus } from "../model/status.ts";
import { buildInWords } from "../state/build-words.ts";
import { debuggerWords } from "../state/debugger-words.ts";
import { age } from "../state/duration.ts";
import { MARKS } from "../state/marks.ts";
import { stateWords } from "../state/replicas.ts";
import { type Paint, painter } from "./paint.ts";
import type { Session } from "./session.ts";
import { table } from "./table.ts";

/** As a person reads it. */
export function statusTable(now: ClusterStatus, session: Session): string {
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
