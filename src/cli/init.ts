import { userFailure } from "../model/failure.ts";
import type { FoundProgram } from "../profile/discover/found.ts";
import type { Draft, DraftNote } from "../profile/draft/draft.ts";
import type { Commands } from "./commands.ts";
import { placeOf } from "./explain-problems.ts";
import { fromHere } from "./from-here.ts";
import { painter } from "./paint.ts";
import { note, printJson, type Session, say } from "./session.ts";

interface InitFlags {
  readonly from: readonly string[];
  readonly yes: boolean;
  readonly force: boolean;
  readonly dryRun: boolean;
}

const EXAMPLES = `
Examples:
  devenv init                from compose.yaml, else from the repositories here
  devenv init --dry-run      prints the profile, writes nothing
  devenv init shop --from docker-compose.yml
                             profiles/shop.yaml; comments and order are kept
It asks on a terminal only; --yes takes what it proposes.`;

export function defineInit({ program, run }: Commands): void {
  program
    .command("init")
    .description("make a profile from a Compose file, or from the repositories that are there")
    .argument("[name]", "the profile's name; the folder's by default")
    .option("--from <file>", "a Compose file; several are merged", collect, [])
    .option("-y, --yes", "ask nothing", false)
    .option("--force", "write over files that are there", false)
    .option("--dry-run", "print the profile, write nothing", false)
    .addHelpText("after", EXAMPLES)
    .action((name: string | undefined, flags: InitFlags) => run((session) => init(session, name, flags)));
}

const collect = (file: string, before: readonly string[]): string[] => [...before, file];

async function init(session: Session, given: string | undefined, flags: InitFlags): Promise<void> {
  const { draftProfile, survey, writeDraft } = await import("../flow/init.ts");
  const { machine } = session;
  if (given !== undefined) await checkName(given);
  const found = await survey(process.cwd(), flags.from, machine);
  const proposal = await proposed(given ?? found.name, found.programs);
  const asks = session.isLive && session.stdin.isTTY === true && !flags.yes && !flags.dryRun;
  const wish = asks ? await (await import("./init-questions.ts")).askWish(found, proposal, given) : proposal;
  const draft = await draftProfile(found, wish, machine);
  if (flags.dryRun) return printDraft(session, draft);
  const written = await writeDraft(found.workspace, draft, flags.force);
  const next = written.isDefault ? "devenv up" : `devenv up ${wish.name}`;
  if (session.json) return printJson(session, { type: "init", profile: wish.name, ...written, next });
  for (const file of written.files) say(session, `✔ ${fromHere(file)}`);
  tellNotes(session, written.notes);
  say(session, `Next: ${painter(session.color)("cyan", next)}`);
}

async function checkName(name: string): Promise<void> {
  const { PROFILE_NAME } = await import("../profile/workspace.ts");
  if (PROFILE_NAME.test(name)) return;
  throw userFailure(`${name} is no name for a profile`, {
    hint: "write small letters, digits, _ and -, the first a letter or a digit; a Compose file is given with --from",
  });
}

async function proposed(name: string, programs: readonly FoundProgram[]) {
  const { likelyServices } = await import("../profile/discover/programs.ts");
  return { name, programs: likelyServices(programs) };
}

function printDraft(session: Session, { files, profile, notes }: Draft): void {
  if (session.json) {
    printJson(session, { type: "init", profile, files: Object.fromEntries(files), notes });
    return;
  }
  for (const [path, text] of files) {
    if (files.size > 1) say(session, `# ${fromHere(path)}`);
    say(session, text.trimEnd());
  }
  tellNotes(session, notes);
}

function tellNotes(session: Session, notes: readonly DraftNote[]): void {
  const paint = painter(session.color);
  for (const { message, where } of notes) {
    note(
      session,
      `${paint("yellow", "!")} ${message}${where === undefined ? "" : `  ${paint("dim", placeOf(where))}`}`,
    );
  }
}
