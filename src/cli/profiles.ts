import type { ProfileSummary } from "../profile/summary.ts";
import type { Commands } from "./commands.ts";
import { printJson, type Session, say } from "./session.ts";
import { table } from "./table.ts";

const EXAMPLES = `
Examples:
  devenv profiles
  devenv profiles --json | jq -r '.[].name'
A profile describes itself by its first line of comment, or by
x-devenv.description.`;

export function defineProfiles({ program, run }: Commands): void {
  program
    .command("profiles")
    .description("the workspace's profiles, a line each")
    .addHelpText("after", EXAMPLES)
    .action(() => run(profiles));
}

async function profiles(session: Session): Promise<void> {
  const { summarizeProfiles } = await import("../profile/summary.ts");
  const whereabouts = { from: process.cwd(), environment: session.machine.environment };
  const summaries = await summarizeProfiles(whereabouts, (name) => session.profile(name));
  if (session.json) return printJson(session, summaries);
  const columns = session.stdout.columns ?? 120;
  const rows = summaries.map(row);
  say(session, table(["", "PROFILE", "SERVICES", "BUILDS ON", "DESCRIPTION"], rows, columns));
  for (const { name, problems } of summaries) {
    if (problems.length > 0)
      say(session, `  ${name} has ${counted(problems.length)}; \`devenv config ${name}\` tells.`);
  }
}

const counted = (problems: number): string => (problems === 1 ? "a problem" : `${problems} problems`);

function row({ name, isDefault, services, buildsOn, description, problems }: ProfileSummary): string[] {
  const mark = problems.length > 0 ? "✖" : isDefault ? "*" : "";
  const usual = isDefault ? "(default)" : undefined;
  const words = [usual, description].filter((part) => part !== undefined).join(" ");
  return [mark, name, services === null ? "-" : String(services.length), buildsOn ?? "-", words];
}
