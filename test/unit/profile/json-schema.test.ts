import { expect, test } from "vitest";
import { profileSchema } from "../../../src/profile/json-schema.ts";

interface Schema {
  readonly type?: string;
  readonly pattern?: string;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly additionalProperties?: Schema | false;
  readonly patternProperties?: Readonly<Record<string, Schema>>;
}

test("the JSON Schema knows the keys, closes the mappings, and leaves x-* open", async () => {
  const schema = (await profileSchema()) as Schema;
  expect(Object.keys(schema.properties ?? {})).toEqual(["name", "services", "volumes", "x-devenv"]);
  expect(schema).toMatchObject({ additionalProperties: false, patternProperties: { "^x-": {} } });
  const service = schema.properties?.services?.additionalProperties as Schema;
  expect(service.properties).toHaveProperty("depends_on");
  expect(service).toMatchObject({ additionalProperties: false, patternProperties: { "^x-": {} } });
  const watch = schema.properties?.["x-devenv"]?.properties?.watch?.properties;
  expect(watch?.quiet).toMatchObject({ type: "string", pattern: expect.stringContaining("ms") });
});
