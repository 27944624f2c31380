import type { SecretCheck } from "../flow/secret-checks.ts";
import { EXIT } from "../model/failure.ts";
import type { Commands } from "./commands.ts";
import { explain } from "./explain.ts";
import { painter } from "./paint.ts";
import { note, printJson, type Session, say } from "./session.ts";
import { table } from "./table.ts";

const EXAMPLES = `
Examples:
  devenv secrets check
  devenv secrets check --json | jq '.secrets[] | select(.state != "ok")'
Exit code 2 when one is missing or refused. \`devenv up\` checks the same before
it starts anything.`;

export function defineSecrets({ program, run, profileOf }: Commands): void {
  const secrets = program.command("secrets").description("whether all secrets are there: secrets check");
  secrets
    .command("check")
    .description("every secret and config: where from, who needs it, whether it is there")
    .argument("[profile]", "profile, by name or path")
    .addHelpText("after", EXAMPLES)
    .action((profile: string | undefined) => run((session) => check(session, profileOf(profile))));
}

async function check(session: Session, name: string | undefined): Promise<number> {
  const profile = await session.profile(name);
  const [{ gatherProvisions, provisionFailure }, { wantedOf }] = await Promise.all([
    import("../flow/secrets.ts"),
    import("../flow/wanted.ts"),
  ]);
  // A service that is off, or led elsewhere, needs none.
  const { services } = wantedOf(profile, session.machine).profile;
  const provisions = await gatherProvisions(profile, services, session.machine);
  const failure = provisionFailure(provisions);
  const code = failure?.exitCode ?? EXIT.done;
  if (session.json) {
    printJson(session, { profile: profile.name, ok: failure === undefined, secrets: provisions.checks });
    return code;
  }
  if (provisions.checks.length === 0) say(session, `No service of ${profile.name} names a secret or a config.`);
  else say(session, checkTable(provisions.checks, session));
  if (failure !== undefined) note(session, `\n${explain(failure, painter(session.color))}`);
  return code;
}

function checkTable(checks: readonly SecretCheck[], session: Session): string {
  const paint = painter(session.color);
  const rows = checks.map(({ state, kind, name, from, neededBy, warning }) => [
    state === "ok" ? paint(warning === undefined ? "green" : "yellow", "●") : paint("red", "✖"),
    name,
    kind,
    state,
    neededBy.join(", ") || "-",
    warning === undefined ? from : `${from} (${warning})`,
  ]);
  return table(["", "NAME", "KIND", "STATE", "NEEDED BY", "FROM"], rows, session.stdout.columns ?? 120);
}
