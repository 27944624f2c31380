import { asFailure, Failure, report } from "../model/failure.ts";
import type { Redactor } from "../model/secret.ts";
import type { Bus } from "./bus.ts";
import type { Live } from "./live.ts";

/** A bus on which no event carries a secret: a program's words, a crash's last lines, a plan's environment. */
export const redactedBus = (bus: Bus, secrets: Redactor): Bus => ({
  ...bus,
  dispatch: (event) => bus.dispatch(secrets.data(event)),
});

/** What a screen is handed, without secrets: its events and their view come from a bus, which has taken them out. */
export const redactedLive = (live: Live, secrets: Redactor): Live => ({
  ...live,
  status: (listener) => live.status((news) => listener(secrets.data(news))),
  logs: (listener) => live.logs((lines) => listener(lines.map((line) => ({ ...line, text: secrets.text(line.text) })))),
  repositories: (listener) => live.repositories((all) => listener(secrets.data(all))),
  outlines: (listener) => live.outlines((all) => listener(secrets.data(all))),
  swapsOf: async (service) => secrets.data(await live.swapsOf(service)),
  lastSwaps: async () => secrets.data(await live.lastSwaps()),
  intents: {
    perform: (intent, hear = () => {}) =>
      live.intents
        .perform(intent, (words) => hear(secrets.text(words)))
        .then(
          (done) => secrets.data(done),
          (thrown: unknown) => {
            throw redactedFailure(asFailure(thrown), secrets);
          },
        ),
  },
});

function redactedFailure(failure: Failure, secrets: Redactor): Failure {
  const { message, class: failureClass, ...details } = secrets.data(report(failure));
  return new Failure(failureClass, message, { ...details, exitCode: failure.exitCode });
}
