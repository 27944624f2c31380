/** `npm run docs`: writes the tables of docs/compose.md, made from the schema that validates profiles. */
import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { profileSchema } from "../src/profile/json-schema.ts";
import { UNSUPPORTED } from "../src/profile/unsupported-keys.ts";

/** A key of the Compose specification: its path from the top, `*` for a name that the file chooses. */
export interface KeyRow {
  readonly path: string;
  readonly support: "yes" | "partly" | "no";
  readonly note: string;
}

interface Schema {
  readonly description?: string;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly additionalProperties?: Schema | boolean;
  readonly items?: Schema;
  readonly anyOf?: readonly Schema[];
}

/** Every key that a profile may have, besides devenv's own, and every one that it may not. */
export async function keyRows(): Promise<KeyRow[]> {
  const supported = rowsOf((await profileSchema()) as Schema, []);
  const refused = Object.entries(UNSUPPORTED).map(([path, { why, instead }]): KeyRow => {
    return { path, support: "no", note: `${why}; ${instead}` };
  });
  return [...new Map([...supported, ...refused].map((row) => [row.path, row])).values()];
}

function rowsOf(schema: Schema, path: readonly string[]): KeyRow[] {
  const own = Object.entries(schema.properties ?? {}).filter(([key]) => key !== "x-devenv");
  const rows = own.flatMap(([key, inner]) => [rowOf([...path, key], inner), ...rowsOf(inner, [...path, key])]);
  const named =
    typeof schema.additionalProperties === "object" ? rowsOf(schema.additionalProperties, [...path, "*"]) : [];
  const listed = schema.items === undefined ? [] : rowsOf(schema.items, path);
  return [...rows, ...named, ...listed, ...(schema.anyOf ?? []).flatMap((branch) => rowsOf(branch, path))];
}

function rowOf(path: readonly string[], { description = "" }: Schema): KeyRow {
  const isPartly = /^(Partly|Without effect)\b/.test(description);
  const note = description.replace(/^Partly: /, "");
  return { path: path.join("."), support: isPartly ? "partly" : "yes", note };
}

const SECTIONS: readonly (readonly [title: string, prefix: string])[] = [
  ["At the top", ""],
  ["A service", "services.*."],
  ["A network", "networks.*."],
  ["A volume", "volumes.*."],
  ["A secret", "secrets.*."],
  ["A config", "configs.*."],
];

/** The tables of docs/compose.md, one a section of a Compose file. */
export function keyTables(rows: readonly KeyRow[]): string {
  const sectionOf = ({ path }: KeyRow) => SECTIONS.findLast(([, prefix]) => path.startsWith(prefix))?.[1];
  const tables = SECTIONS.map(([title, prefix]) => {
    const own = rows.filter((row) => sectionOf(row) === prefix).toSorted((a, b) => (a.path < b.path ? -1 : 1));
    const lines = own.map(({ path, support, note }) => {
      return `| \`${path.slice(prefix.length)}\` | ${support} | ${note.replaceAll("|", "\\|")} |`;
    });
    return `### ${title}\n\n| key | supported | |\n|---|---|---|\n${lines.join("\n")}\n`;
  });
  return tables.join("\n");
}

const BEGIN = "<!-- The tables are made by `npm run docs`. -->\n";

/** The text of docs/compose.md with the tables of today. */
export const withTables = (text: string, tables: string): string =>
  `${text.slice(0, text.indexOf(BEGIN) + BEGIN.length)}\n${tables}`;

export const PAGE = fileURLToPath(new URL("../docs/compose.md", import.meta.url));

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  writeFileSync(PAGE, withTables(readFileSync(PAGE, "utf8"), keyTables(await keyRows())));
}
