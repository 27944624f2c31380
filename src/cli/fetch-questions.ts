import { cancel, isCancel, log, select } from "@clack/prompts";
import type { FetchRow } from "../flow/fetch-result.ts";
import { interrupted, userFailure } from "../model/failure.ts";
import type { ServiceName } from "../model/names.ts";
import type { Profile } from "../model/profile.ts";
import type { OfferAnswer } from "../state/offers.ts";
import { size } from "../state/size.ts";
import { printFailures } from "./fetch-rows.ts";
import { type Session, say } from "./session.ts";

/**
 * Asks CI what is new for these services (all when none is named), and the person about each: gives those that are to
 * be fetched; undefined when there is nothing to be. What is to stay is pinned to what it runs. Ctrl-C changes nothing.
 * @throws Failure (exit code 2) where nobody can be asked.
 */
export async function askWhatToTake(
  session: Session,
  profile: Profile,
  services: readonly string[],
): Promise<readonly ServiceName[] | undefined> {
  if (!session.isLive || session.stdin.isTTY !== true) {
    throw userFailure("--ask needs a person at a terminal", { hint: "`devenv fetch --dry-run` says what is new." });
  }
  const { fetch } = await import("../flow/fetch.ts");
  const { rows } = await fetch(profile, services, { dryRun: true, note: () => {} }, session.machine);
  // What CI could not be asked about does not hide the rest.
  printFailures(session, rows);
  const fresh = rows.filter(({ outcome }) => outcome === "new");
  if (fresh.length === 0) {
    say(session, "CI has nothing newer.");
    return undefined;
  }
  const answers: { readonly row: FetchRow; readonly answer: OfferAnswer }[] = [];
  for (const row of fresh) answers.push({ row, answer: await ask(row) });
  const answered = (wanted: OfferAnswer) =>
    answers.flatMap(({ row, answer }) => (answer === wanted ? [row.service] : []));
  const { pin } = await import("../flow/pin.ts");
  for (const service of answered("pin")) {
    const { pin: now } = await pin(profile, service, { build: undefined, reason: undefined }, session.machine);
    log.success(`${service} stays on ${now.build}`);
  }
  const taken = answered("take");
  return taken.length === 0 ? undefined : taken;
}

async function ask({ service, from, to, size: bytes, reason }: FetchRow): Promise<OfferAnswer> {
  const number = from?.startsWith("ci:") ? from.slice("ci:".length) : undefined;
  const cost = bytes === null ? "" : bytes === 0 ? "it is here already" : size(bytes);
  const hint = [cost, reason ?? ""].filter((part) => part !== "").join("; ");
  const answer = await select<OfferAnswer>({
    message: `${service} ${to?.replace(/^ci:/, "")} is green${from === null ? "" : `; it runs ${from}`}`,
    options: [
      { value: "take", label: "take it", ...(hint !== "" && { hint }) },
      ...(number === undefined ? [] : [{ value: "pin" as const, label: `pin ${number}` }]),
      { value: "later", label: "not now" },
    ],
  });
  if (!isCancel(answer)) return answer;
  cancel("Nothing was changed.");
  throw interrupted();
}
