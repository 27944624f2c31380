import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Ajv } from "ajv";
import { describe, expect, test } from "vitest";
import { parseAllDocuments } from "yaml";
import { profileSchema } from "../../../src/profile/json-schema.ts";
import { fixtures } from "../../harness/compose/fixture.ts";

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

const schema = await profileSchema();
const isValid = new Ajv({ strict: false, allErrors: true }).compile(schema);

/** What an editor would underline, document by document. */
const underlined = (text: string): string[] =>
  parseAllDocuments(text, { merge: true, logLevel: "silent" }).flatMap((document) => {
    if (isValid(document.toJS({ maxAliasCount: -1 }))) return [];
    return (isValid.errors ?? []).map(({ instancePath, message }) => `${instancePath} ${message}`);
  });

describe("an editor underlines nothing in", () => {
  test.each(["signal HUP", "{ signal: HUP }", "process", "{ exec: a b }", "{ exec: [a] }"])("restart: %s", (way) => {
    expect(underlined(`services: { a: { x-devenv: { restart: ${way} } } }`)).toEqual([]);
  });

  test.each([
    "{ go: ./cmd/a, tags: [x], cgo: true, debug: true, env: { A: 1 } }",
    "{ go: [./cmd/a, ./cmd/b] }",
    "{ cargo: [a], profile: release, features: [x], target: x86_64-unknown-linux-musl }",
    "{ node: build, output: dist, env: [A=b] }",
  ])("build: %s", (build) => {
    expect(underlined(`services: { a: { x-devenv: { build: ${build} } } }`)).toEqual([]);
  });

  const profiles = fileURLToPath(new URL("../../../profiles", import.meta.url));
  const names = readdirSync(profiles).filter((name) => name.endsWith(".yaml"));
  test.each(names)("profiles/%s", (name) => {
    expect(underlined(readFileSync(join(profiles, name), "utf8"))).toEqual([]);
  });

  const accepted = fixtures().filter(({ expected }) => expected.problems === undefined);
  test.each(accepted)("the Compose files of $name", ({ files }) => {
    for (const file of files) expect(underlined(readFileSync(file, "utf8"))).toEqual([]);
  });
});

test.each([
  ["services: { a: { x-devenv: { restart: signal } } }", "/services/a/x-devenv/restart must"],
  ["services: { a: { x-devenv: { ready: { exec: 3 } } } }", "/services/a/x-devenv/ready/exec must"],
  ["services: { a: { x-devenv: { build: { go: -x } } } }", "/services/a/x-devenv/build/go must"],
  ["services: { a: { x-devenv: { build: { node: b, outptu: c } } } }", "/services/a/x-devenv/build must NOT"],
  ["services: { a: { imagee: x } }", "/services/a must NOT have additional properties"],
  ["services: { a: { deploy: { placement: {} } } }", "/services/a/deploy must NOT have additional properties"],
  ["services: { a: { stop_grace_period: soon } }", "/services/a/stop_grace_period must match pattern"],
  ["x-devenv: { provider: dockr }", "/x-devenv/provider must be equal to one of the allowed values"],
])("an editor underlines what is wrong in %s", (text, expected) => {
  expect(underlined(text).join("\n")).toContain(expected);
});
