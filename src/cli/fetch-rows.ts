import { FETCH_WORDS, type FetchRow } from "../flow/fetch-result.ts";
import { size } from "../state/size.ts";
import { explain } from "./explain.ts";
import { painter } from "./paint.ts";
import { note, type Session, say } from "./session.ts";
import { table } from "./table.ts";

/** A row a service: what it ran, what CI has, what became of it. */
export function printRows(session: Session, rows: readonly FetchRow[]): void {
  const cells = rows.map(({ service, from, to, size: bytes, outcome, reason }) => [
    service,
    from ?? "-",
    to ?? "-",
    bytes === null ? "?" : bytes === 0 ? "-" : size(bytes),
    reason === undefined ? FETCH_WORDS[outcome] : `${FETCH_WORDS[outcome]}: ${inCell(service, reason)}`,
  ]);
  say(session, table(["SERVICE", "FROM", "TO", "SIZE", "WHAT"], cells, session.stdout.columns ?? 120));
}

/** The first line, without the service's name that stands in the same row. */
const inCell = (service: string, reason: string): string =>
  (reason.startsWith(`${service}: `) ? reason.slice(service.length + 2) : reason).split("\n", 1)[0] ?? "";

/** What several have in common, that CI cannot be asked, is told once. */
export function printFailures(session: Session, rows: readonly FetchRow[]): void {
  const told = rows.flatMap(({ failure }) => (failure === undefined ? [] : [explain(failure, painter(session.color))]));
  for (const text of new Set(told)) note(session, text);
}
