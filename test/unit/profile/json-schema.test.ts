import { expect, test } from "vitest";
import { profileSchema } from "../../../src/profile/json-schema.ts";

interface Schema {
  readonly type?: string;
  readonly pattern?: string;
  readonly anyOf?: readonly Schema[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly additionalProperties?: Schema | false;
  readonly patternProperties?: Readonly<Record<string, Schema>>;
}

test("the JSON Schema knows the keys, closes the mappings, and leaves x-* open", async () => {
  const schema = (await profileSchema()) as Schema;
  const top = ["name", "version", "include", "services", "networks", "volumes", "secrets", "configs", "x-devenv"];
  expect(Object.keys(schema.properties ?? {})).toEqual(top);
  expect(schema).toMatchObject({ additionalProperties: false, patternProperties: { "^x-": {} } });
  const service = schema.properties?.services?.additionalProperties as Schema;
  expect(service.properties).toHaveProperty("depends_on");
  expect(service).toMatchObject({ additionalProperties: false, patternProperties: { "^x-": {} } });
  const watch = schema.properties?.["x-devenv"]?.properties?.watch?.properties;
  expect(watch?.quiet).toMatchObject({ type: "string", pattern: expect.stringContaining("ms") });
});
