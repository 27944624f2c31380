import { get } from "node:http";
import { eventually } from "../harness/eventually.ts";

/** Asks a service on a fresh connection, over and over, until it answers with this text. */
export async function untilAnswers(host: string, port: number, text: string): Promise<void> {
  await eventually(
    () => ask(host, port),
    (answer) => answer === text,
    { withinMs: 30_000, paceMs: 1, late: () => `${host}:${port} did not answer ${text} within 30 s` },
  );
}

/** Where a service answers on this machine. */
export interface Place {
  readonly host: string;
  readonly port: number;
  /** How long one question waits for its answer, where that is to be longer than `PATIENCE_MS`. */
  readonly patienceMs?: number;
}

/** An answer that came; both times in milliseconds since the epoch, with fractions. */
export interface Answer {
  readonly text: string;
  readonly askedAt: number;
  readonly answeredAt: number;
}

const LONG = { withinMs: 60_000 };

/** Now, on the clock that other programs read, too. */
export const nowMs = (): number => performance.timeOrigin + performance.now();

/** To an address that nobody has for a moment, a lost first packet is repeated after a second only: better asked anew. */
const PATIENCE_MS = 100;

/** Until it is near, seldom: to ask without end takes the processor that a compiler needs. */
const FAR_MS = 20;
const NEAR_MS = 1;

/**
 * Every answer until one that fits, which is the last: for how long nobody answered.
 * @param near what says that it is to come soon.
 */
export async function answersUntil(
  { host, port, patienceMs = PATIENCE_MS }: Place,
  near: Promise<unknown>,
  isLast: (answer: Answer) => boolean,
): Promise<Answer[]> {
  let isNear = false;
  void near.then(() => {
    isNear = true;
  });
  const answers: Answer[] = [];
  const asked = async () => {
    const askedAt = nowMs();
    const text = await ask(host, port, patienceMs);
    const answer = text === undefined ? undefined : { text, askedAt, answeredAt: nowMs() };
    if (answer !== undefined) answers.push(answer);
    return answer;
  };
  const late = () => `${host}:${port} said last: ${answers.at(-1)?.text}`;
  const isOver = (answer: Answer | undefined) => answer !== undefined && isLast(answer);
  const last = await eventually(asked, (answer) => isNear || isOver(answer), { ...LONG, paceMs: FAR_MS, late });
  if (!isOver(last)) await eventually(asked, isOver, { ...LONG, paceMs: NEAR_MS, late });
  return answers;
}

/** One GET; undefined when it is not answered. */
function ask(host: string, port: number, patienceMs = 1000): Promise<string | undefined> {
  return new Promise((resolve) => {
    const request = get({ host, port, path: "/", agent: false, timeout: patienceMs }, (response) => {
      let body = "";
      response.setEncoding("utf8");
      response.on("data", (piece: string) => {
        body += piece;
      });
      response.on("end", () => resolve(body));
      response.on("error", () => resolve(undefined));
    });
    request.on("error", () => resolve(undefined));
    request.on("timeout", () => request.destroy());
  });
}
