import { resolve } from "node:path";
import type { Commands } from "./commands.ts";
import { fromHere } from "./from-here.ts";
import { printJson, type Session, say } from "./session.ts";

const EXAMPLES = `
Examples:
  devenv schema --out                 writes the workspace's .devenv/schema.json
  devenv schema | jq .definitions
An editor with the YAML language server completes and checks a profile that
begins with
  # yaml-language-server: $schema=../.devenv/schema.json`;

export function defineSchema({ program, run }: Commands): void {
  program
    .command("schema")
    .description("print the JSON Schema of profiles, for editors")
    .option("-o, --out [file]", "write it there; .devenv/schema.json of the workspace by default")
    .addHelpText("after", EXAMPLES)
    .action(({ out }: { out?: string | true }) => run((session) => schema(session, out)));
}

async function schema(session: Session, out: string | true | undefined): Promise<void> {
  if (out === undefined) {
    const { profileSchema } = await import("../profile/json-schema.ts");
    session.stdout.write(`${JSON.stringify(await profileSchema(), null, 2)}\n`);
    return;
  }
  const file = out === true ? await usualPlace(session) : resolve(out);
  const { writeSchema } = await import("../profile/schema-file.ts");
  await writeSchema(file);
  if (session.json) return printJson(session, { type: "schema", file });
  say(session, `Written: ${fromHere(file)}`);
}

/** Where the first line of a profile points to, so that a fresh clone of the workspace has it. */
async function usualPlace({ machine }: Session): Promise<string> {
  const { findWorkspace, schemaFile } = await import("../profile/workspace.ts");
  return schemaFile(await findWorkspace(process.cwd(), machine.environment.DEVENV_ROOT));
}
