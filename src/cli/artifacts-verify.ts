import type { Command } from "commander";
import type { ArtifactUser, DamagedArtifact, Verification } from "../flow/artifacts-verify.ts";
import { EXIT } from "../model/failure.ts";
import { shortDigest } from "../model/names.ts";
import { size } from "../state/size.ts";
import type { Commands } from "./commands.ts";
import { painter } from "./paint.ts";
import { showBar } from "./progress.ts";
import { note, printJson, type Session, say } from "./session.ts";
import { table } from "./table.ts";

const HELP = `
Exit code 1 when something is damaged. --repair takes it away, from the mounts
of clusters as well: \`devenv up\` then fetches it again. A service that runs
goes on; one that starts anew before that finds nothing to run.`;

/** `devenv artifacts verify`, in the group of that name. */
export function defineArtifactsVerify(group: Command, { run }: Commands): void {
  group
    .command("verify")
    .description("read all that the store has, and find what is damaged")
    .option("--repair", "take away what is damaged", false)
    .addHelpText("after", HELP)
    .action(({ repair }: { repair: boolean }) => run((session) => verify(session, repair)));
}

async function verify(session: Session, repair: boolean): Promise<number> {
  const { verifyArtifacts } = await import("../flow/artifacts-verify.ts");
  const { clock } = session.machine;
  const begun = clock.monotonic();
  const bar = showBar(session, "verify");
  const onProgress = (done: number, total: number) => bar.update(`${size(done)} of ${size(total)}`, done, total);
  const found = await verifyArtifacts({ repair, onProgress }, session.machine).finally(() => bar.finish());
  const code = found.damaged.length > 0 ? EXIT.failed : EXIT.done;
  if (session.json) printJson(session, { ok: code === EXIT.done, repaired: repair, ...found });
  else tell(session, found, { repair, ms: clock.monotonic() - begun });
  return code;
}

function tell(
  session: Session,
  { artifacts, bytes, damaged }: Verification,
  how: { repair: boolean; ms: number },
): void {
  const paint = painter(session.color);
  const rate = how.ms > 0 && bytes > 0 ? `, ${size((bytes / how.ms) * 1000)}/s` : "";
  const read = `${artifacts} ${artifacts === 1 ? "artifact" : "artifacts"}, ${size(bytes)}${rate}`;
  if (damaged.length === 0) {
    say(session, `${paint("green", "✔")} the store is whole: ${read}`);
    return;
  }
  const rows = damaged.map((each) => [paint("red", "✖"), ...cellsOf(each)]);
  const columns = session.stdout.columns ?? 120;
  say(session, table(["", "DIGEST", "KIND", "SIZE", "IN", "USED BY", "DAMAGE"], rows, columns));
  say(session, `${damaged.length} damaged of ${read}`);
  note(session, `→ ${adviceOn(damaged, how.repair)}`);
}

const cellsOf = ({ digest, kind, bytes, damage, places, usedBy }: DamagedArtifact): string[] => [
  shortDigest(digest),
  kind,
  size(bytes),
  places.join(", "),
  usedBy.map(nameOf).join(", ") || "-",
  damage,
];

const nameOf = ({ cluster, service, build }: ArtifactUser): string =>
  `${cluster}/${service}${build === undefined ? "" : ` (${build})`}`;

function adviceOn(damaged: readonly DamagedArtifact[], isRepaired: boolean): string {
  if (!isRepaired) return "`devenv artifacts verify --repair` takes it away; `devenv up` then fetches it again.";
  const users = damaged.flatMap(({ usedBy }) => usedBy.filter(({ isPointedAt }) => isPointedAt));
  const clusters = [...new Set(users.map(({ cluster }) => cluster))];
  if (clusters.length === 0) return "It was taken away; whoever needs it again fetches it again.";
  return `It was taken away. Run \`devenv up\` now for ${clusters.join(", ")}: until then, what starts anew there finds nothing.`;
}
