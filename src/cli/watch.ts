import type { Offers } from "../flow/offers.ts";
import { EXIT } from "../model/failure.ts";
import type { Profile } from "../model/profile.ts";
import type { Commands } from "./commands.ts";
import type { OfferPrompt } from "./offer-prompt.ts";
import { painter } from "./paint.ts";
import { pullLine } from "./pull-lines.ts";
import { printJson, type Session, sayWords } from "./session.ts";
import { surroundingsLine } from "./surroundings-lines.ts";
import { toldOnce } from "./told-once.ts";
import { tellWarnings } from "./warnings.ts";
import { watchLine } from "./watch-lines.ts";

export function defineWatch({ program, run, profileOf }: Commands): void {
  program
    .command("watch")
    .description("on save: rebuild the one service, swap it, roll back when it does not answer")
    .argument("[profile]", "profile, by name or path")
    .action((profile: string | undefined) => run((session) => watch(session, profileOf(profile))));
}

/** Until Ctrl-C, which is the only way that it ends well; whoever runs it in a script sees that by the exit code. */
async function watch(session: Session, name: string | undefined): Promise<number> {
  const profile = await session.profile(name);
  tellWarnings(session, profile);
  const { machine } = session;
  const [{ watch: keepWatching }, { Offers }] = await Promise.all([
    import("../flow/watch.ts"),
    import("../flow/offers.ts"),
  ]);
  const offers = new Offers(profile, machine);
  const prompt = canAsk(session) ? await openPrompt(session, offers) : undefined;
  tellEvents(session, profile, prompt);
  machine.bus.subscribe(({ type }) => {
    if (type === "watching") void offers.run(machine.signal);
  });
  try {
    const reload = async () => {
      const edited = await session.profile(name);
      tellWarnings(session, edited);
      return edited;
    };
    const answer: Offers["answer"] = (service, word) => offers.answer(service, word);
    await keepWatching(profile, { reload, onProfile: (edited) => offers.goBy(edited), answer }, machine);
    await offers.settled();
  } finally {
    prompt?.close();
  }
  return EXIT.interrupted;
}

/** A person is there who sees a question and can press a key. */
const canAsk = ({ isLive, stdin }: Session): boolean => isLive && stdin.isTTY;

async function openPrompt(session: Session, offers: Offers): Promise<OfferPrompt> {
  const { OfferPrompt } = await import("./offer-prompt.ts");
  return new OfferPrompt(session, (service, answer) => void offers.answer(service, answer));
}

function tellEvents(session: Session, { workspace }: Profile, prompt: OfferPrompt | undefined): void {
  const paint = painter(session.color);
  const once = toldOnce();
  session.machine.bus.subscribe((event) => {
    if (session.json) return printJson(session, event);
    const style = { paint, columns: session.stdout.columns ?? 80, workspace, asks: prompt !== undefined };
    const line = watchLine(once(event), style) ?? surroundingsLine(event, style) ?? pullLine(event, style);
    if (line !== undefined) sayWords(session, line);
    prompt?.hear(event);
  });
}
