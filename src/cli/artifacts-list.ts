import type { Command } from "commander";
import type { BuildRow, BuildsList } from "../flow/builds-list.ts";
import type { ServiceName } from "../model/names.ts";
import { age } from "../state/duration.ts";
import { size as sizeInWords } from "../state/size.ts";
import type { Commands } from "./commands.ts";
import { note, printJson, type Session, say } from "./session.ts";
import { table } from "./table.ts";

/** Of each service, where none is named. */
const NEWEST_SHOWN = 5;

/** `devenv artifacts list`, in the group of that name. */
export function defineArtifactsList(group: Command, { run, profileOf }: Commands): void {
  group
    .command("list")
    .description("the builds of services: of CI, in the store, the one that runs")
    .argument("[service...]", `all of one; without a name, the ${NEWEST_SHOWN} newest of each`)
    .action((services: string[]) => run((session) => list(session, services, profileOf())));
}

async function list(session: Session, services: readonly string[], name: string | undefined): Promise<void> {
  const profile = await session.profile(name);
  const { listBuilds } = await import("../flow/builds-list.ts");
  const builds = await listBuilds(profile, services, session.machine);
  if (session.json) {
    const silent = [...builds.silent].map(([service, reason]) => ({ service, reason }));
    printJson(session, { builds: builds.rows, silent });
    return;
  }
  printRows(session, builds, services.length === 0);
  printSilence(session, builds);
}

function printRows(session: Session, { rows }: BuildsList, isOfAll: boolean): void {
  const shown = isOfAll ? newestOfEach(rows) : rows;
  const now = session.machine.clock.now();
  const columns = session.stdout.columns ?? 120;
  if (rows.length === 0) say(session, "There is no build yet: neither does CI have one, nor does one run.");
  else {
    const cells = shown.map((row) => cellsOf(row, now));
    say(session, table(["", "SERVICE", "BUILD", "COMMIT", "AGE", "FOR", "SIZE", ""], cells, columns));
  }
  if (shown.length < rows.length) {
    note(session, `… and ${rows.length - shown.length} older: \`devenv artifacts list SERVICE\` shows all of one.`);
  }
}

/** What runs and what is pinned is shown, however old it is. */
function newestOfEach(rows: readonly BuildRow[]): readonly BuildRow[] {
  const count = new Map<ServiceName, number>();
  return rows.filter(({ service, runs, pinned }) => {
    const before = count.get(service) ?? 0;
    count.set(service, before + 1);
    return before < NEWEST_SHOWN || runs || pinned;
  });
}

function cellsOf(row: BuildRow, now: number): string[] {
  const { service, build, commit, at, platforms, size, runs } = row;
  return [
    runs ? "●" : " ",
    service,
    // That a build is CI's is what this list is about; of a local one it is said.
    build.replace(/^ci:/, ""),
    commit?.slice(0, 7) ?? "-",
    at === null ? "-" : age(now - Date.parse(at)),
    platforms.map((platform) => platform.replace(/^linux\//, "")).join(" ") || "-",
    size === null ? "-" : sizeInWords(size),
    marksOf(row).join(", "),
  ];
}

function marksOf({ runs, pinned, newest, stored, offered, build }: BuildRow): string[] {
  return [
    ...(runs ? ["runs"] : []),
    ...(pinned ? ["pinned"] : []),
    ...(newest ? ["newest"] : []),
    ...(stored ? ["stored"] : []),
    ...(offered || build.startsWith("local:") ? [] : ["not in CI"]),
  ];
}

/** Each reason once, with the services that it is the reason for. */
function printSilence(session: Session, { silent }: BuildsList): void {
  const services = new Map<string, ServiceName[]>();
  for (const [service, reason] of silent) services.set(reason, [...(services.get(reason) ?? []), service]);
  for (const [reason, names] of services) {
    note(session, `! CI could not be asked about ${names.join(", ")}: ${reason}`);
    note(session, "  Of these, only what is in the store and the journal is shown.");
  }
}
