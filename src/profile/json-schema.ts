import { DURATION } from "./duration.ts";

/**
 * The JSON Schema of a profile, for editors: made from the schema that validates, so the two cannot differ.
 * It describes the text as written; what only devenv can check (who depends on whom) is not in it.
 */
export async function profileSchema(): Promise<Readonly<Record<string, unknown>>> {
  const [{ toJSONSchema }, { profileShape }] = await Promise.all([import("zod"), import("./compose-schema.ts")]);
  const schema = toJSONSchema(profileShape, {
    io: "input",
    target: "draft-7",
    override: ({ jsonSchema }) => {
      // Compose lets other tools' keys stand wherever it has keys of its own; so do we, at the top and in services.
      const hasExtension = jsonSchema.properties !== undefined && "x-devenv" in jsonSchema.properties;
      if (hasExtension) jsonSchema.patternProperties = { "^x-": {} };
      // A duration's number is accepted only for a better message.
      if (jsonSchema.pattern === DURATION.source) {
        delete jsonSchema.anyOf;
        jsonSchema.type = "string";
      }
    },
  });
  return { title: "devenv profile", ...schema };
}
