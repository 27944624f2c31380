import type * as z from "zod";
import { DURATION } from "./duration.ts";

type JsonSchema = z.core.JSONSchema.BaseSchema;

/**
 * The JSON Schema (draft 7, which every YAML language server reads) of a profile, for editors: made from the schema
 * that validates, so the two cannot differ. It describes the text as written, in one of possibly several files; what
 * only devenv can check (who depends on whom) is not in it.
 */
export async function profileSchema(): Promise<Readonly<Record<string, unknown>>> {
  const { toJSONSchema } = await import("zod");
  const [{ profileShape }, { OPEN_TO_EXTENSIONS }] = await Promise.all([
    import("./compose-schema.ts"),
    import("./schema-parts.ts"),
  ]);
  const schema = toJSONSchema(profileShape, {
    io: "input",
    target: "draft-7",
    override: ({ jsonSchema, zodSchema }) => {
      // Compose lets other tools' keys stand nearly wherever it has keys of its own; so do we.
      if (OPEN_TO_EXTENSIONS.has(zodSchema)) jsonSchema.patternProperties = { "^x-": {} };
      // A duration's number is accepted only for a better message.
      if (jsonSchema.pattern === DURATION.source) {
        delete jsonSchema.anyOf;
        jsonSchema.type = "string";
      }
      allowVariables(jsonSchema);
    },
  });
  // The services may all come from another file: `include`, `x-devenv.extends`, `-f`.
  const { required: _, ...open } = schema;
  return { title: "devenv profile", ...open };
}

/** Where not every text will do, one with a variable in it may. */
function allowVariables(schema: JsonSchema): void {
  if (schema.type !== "string") return;
  if (schema.pattern !== undefined) schema.pattern = `(${schema.pattern})|\\$`;
  if (schema.enum === undefined) return;
  const { enum: values } = schema;
  delete schema.enum;
  delete schema.type;
  schema.anyOf = [
    { type: "string", enum: values },
    { type: "string", pattern: "\\$" },
  ];
}
