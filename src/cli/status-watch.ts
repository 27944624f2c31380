import type { Cluster } from "../flow/cluster.ts";
import type { Machine } from "../flow/machine.ts";
import type { StatusFeed } from "../flow/status-feed.ts";
import type { Profile } from "../model/profile.ts";
import type { StatusNews } from "../state/live.ts";
import { explain } from "./explain.ts";
import { columnsOf, folded } from "./fold.ts";
import { painter } from "./paint.ts";
import { printJson, type Session, say } from "./session.ts";
import { statusTable } from "./status-table.ts";
import { whileRead } from "./while-read.ts";

/**
 * `devenv status --watch`, until Ctrl-C: the table in its place on a terminal, with what was there before it left above;
 * elsewhere whenever it is another one, with the time before it; with `--json` a line each.
 */
export async function watchStatus(session: Session, name: string | undefined): Promise<number> {
  const profile = await session.profile(name);
  const [{ StatusFeed }, { heedLoop }] = await Promise.all([
    import("../flow/status-feed.ts"),
    import("../flow/heed-loop.ts"),
  ]);
  return whileRead(session, async (machine) => {
    const source = { reload: () => session.profile(name), onProfile: (edited: Profile) => feed.goBy(edited) };
    const feed: StatusFeed = new StatusFeed(profile, source, machine);
    const show = session.isLive ? await inPlace(session) : { news: atEachChange(session), end: () => {} };
    feed.news.listen(show.news);
    const alongside = (cluster: Cluster, at: Machine) =>
      Promise.all([heedLoop(cluster, (event) => feed.heed(event), at), feed.followEdits(at)]);
    await feed.run(alongside).finally(() => show.end());
  });
}

interface Showing {
  readonly news: (news: StatusNews) => void;
  readonly end: () => void;
}

/** Not higher than the terminal: what has scrolled off its top cannot be redrawn. */
async function inPlace(session: Session): Promise<Showing> {
  const { createLogUpdate } = await import("log-update");
  const drawn = createLogUpdate(session.stdout, { showCursor: true });
  let last: StatusNews | undefined;
  const draw = () => {
    if (last === undefined) return;
    const lines = session.secrets.text(wordsOf(last, session)).split("\n");
    const room = Math.max(1, session.stdout.rows - 2);
    const rest = lines.length - room;
    const shown = rest <= 0 ? lines : [...lines.slice(0, room), `… ${rest} more lines: \`devenv\` alone scrolls`];
    drawn(shown.join("\n"));
  };
  session.stdout.on("resize", draw);
  return {
    news: (news) => {
      last = news;
      draw();
    },
    end: () => {
      session.stdout.off("resize", draw);
      drawn.done();
    },
  };
}

function atEachChange(session: Session): (news: StatusNews) => void {
  let last = "";
  return (news) => {
    const { at, ...told } = news;
    const now = JSON.stringify(told);
    if (now === last) return;
    last = now;
    if (session.json) printJson(session, { at, ...(news.is === "known" ? news.status : { failure: news.failure }) });
    else say(session, `${new Date(at).toTimeString().slice(0, 8)} ${wordsOf(news, session)}\n`);
  };
}

const wordsOf = (news: StatusNews, session: Session): string =>
  news.is === "known"
    ? statusTable(news.status, session)
    : folded(explain(news.failure, painter(session.color)), columnsOf(session.stdout));
