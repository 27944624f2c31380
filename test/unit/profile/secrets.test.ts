// biome-ignore-all lint/suspicious/noTemplateCurlyInString: Compose's variables are what is tested
import { chmod, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { loadProfile } from "../../../src/profile/load-profile.ts";
import { readSecrets } from "../../../src/profile/secrets.ts";
import { failureOf, folderWith, problemsOf } from "./loading.ts";

const SHOP = `x-devenv:
  secrets: ~/secrets/shop.secrets
services:
  a: { image: x, environment: { PASSWORD: "\${PASSWORD}", TAG: "\${TAG}" } }
`;

/** A home folder with a workspace and, with this mode, a secrets file. */
async function home(secrets: string | undefined, mode = 0o600, more: Record<string, string> = {}) {
  const folder = await folderWith({
    "shop/profiles/shop.yaml": SHOP,
    ...(secrets !== undefined && { "secrets/shop.secrets": secrets }),
    ...more,
  });
  if (secrets !== undefined) await chmod(join(folder, "secrets/shop.secrets"), mode);
  return folder;
}

const load = (folder: string, environment: Record<string, string> = {}) =>
  loadProfile(join(folder, "shop/profiles/shop.yaml"), { workspace: join(folder, "shop"), environment, home: folder });

test("secrets are put in, and listed so that they can be hidden", async () => {
  const folder = await home("PASSWORD='s3 cret'\nTAG=1\nNOTHING=\nAGAIN=1\n");
  const profile = await load(folder);
  expect(profile.services[0]?.environment).toMatchObject({ PASSWORD: "s3 cret", TAG: "1" });
  expect(profile.secrets.toSorted()).toEqual(["1", "s3 cret"]);
});

test("secrets behind an alias are secrets, too", async () => {
  const folder = await home("PASSWORD=hidden\nTAG=1\n");
  const text = `x-file: &file ~/secrets/shop.secrets\n${SHOP.replace(/~.*/, "*file")}`;
  await writeFile(join(folder, "shop/profiles/shop.yaml"), text);
  expect((await load(folder)).secrets).toContain("hidden");
});

test("a secret is not told, even where it is wrong", async () => {
  const folder = await home("PASSWORD=hunter2\nTAG=1\n", 0o600);
  const text = SHOP.replace(
    'environment: { PASSWORD: "${PASSWORD}",',
    'environment: { "=${PASSWORD}": , A: ["hunter2"],',
  );
  await writeFile(join(folder, "shop/profiles/shop.yaml"), text);
  const failure = await failureOf(load(folder));
  expect(JSON.stringify(failure.problems)).toContain("[secret]");
  expect(JSON.stringify(failure.problems)).not.toContain("hunter2");
});

test.each([
  ['command: [a, "-p${PASSWORD}"]', "4:31", "command of a"],
  ['hostname: "${PASSWORD}"', "4:28", "hostname of a"],
  ['labels: { a: "${PASSWORD}" }', "4:31", "labels of a"],
  ['healthcheck: { test: "x ${PASSWORD}" }', "4:39", "healthcheck of a"],
  ['build: { args: ["P=${PASSWORD}"] }', "4:34", "build of a"],
])("a secret is refused where others could read it: %s", async (line, place, where) => {
  const folder = await home("PASSWORD=hunter2\nTAG=1\n", 0o600);
  const text = SHOP.replace("image: x,", `image: x, ${line},`);
  await writeFile(join(folder, "shop/profiles/shop.yaml"), text);
  const [problem = ""] = await problemsOf(load(folder));
  expect(problem).toContain(
    `${place} the secret PASSWORD would be readable for others in ${where} (give the service the`,
  );
});

test("a secret may be in a fragment, and in what is put into the container as a file", async () => {
  const folder = await home("PASSWORD=hunter2\nTAG=1\n", 0o600);
  const text = `x-env: &env { PASSWORD: "\${PASSWORD}" }\n${SHOP.replace("environment: {", "environment: { <<: *env, MORE: a,")}`;
  await writeFile(join(folder, "shop/profiles/shop.yaml"), text);
  expect((await load(folder)).services[0]?.environment).toMatchObject({ PASSWORD: "hunter2" });
});

test("the secrets file is not opened when the environment has all that is asked for", async () => {
  const folder = await home(undefined);
  const { services, secrets } = await load(folder, { PASSWORD: "environment", TAG: "2" });
  expect(services[0]?.environment).toMatchObject({ PASSWORD: "environment", TAG: "2" });
  expect(secrets).toEqual([]);
});

test("the environment goes before the secrets, the secrets before .env", async () => {
  const folder = await home("PASSWORD=secret\nTAG=secret\n", 0o600, { "shop/profiles/.env": "TAG=dotenv" });
  const { services } = await load(folder, { PASSWORD: "environment" });
  expect(services[0]?.environment).toMatchObject({ TAG: "secret", PASSWORD: "environment" });
});

test.each([0o644, 0o640, 0o606, 0o704])("a secrets file of mode %o is refused", async (mode) => {
  const file = join(await home("PASSWORD=x\nTAG=1\n", mode), "secrets/shop.secrets");
  expect(await readSecrets(file)).toMatchObject({
    problem: `the secrets file ${file} has mode 0${mode.toString(8)}; it must be 0600, its owner's alone`,
    hint: `\`chmod 600 ${file}\``,
  });
});

test("a secrets file inside of a repository is refused, through a link, too", async () => {
  const folder = await home("PASSWORD=x\nTAG=1\n", 0o600, { "secrets/.git/HEAD": "" });
  const refused = { problem: expect.stringContaining(`lies in the repository ${folder}/secrets`) };
  expect(await readSecrets(join(folder, "secrets/shop.secrets"))).toMatchObject(refused);
  const linked = join(await home(undefined), "linked.secrets");
  await symlink(join(folder, "secrets/shop.secrets"), linked);
  expect(await readSecrets(linked)).toMatchObject(refused);
});

test("a folder is no secrets file", async () => {
  expect(await readSecrets(await home(undefined))).toMatchObject({ problem: expect.stringContaining("is no file") });
});

test("a profile loads without its secrets file: what that may hold is empty, and not warned of", async () => {
  const folder = await home(undefined);
  const text = SHOP.replace("TAG}", "TAG:?say}");
  await writeFile(join(folder, "shop/profiles/shop.yaml"), text);
  const { services, warnings, secretVariables } = await load(folder);
  expect(services[0]?.environment).toMatchObject({ PASSWORD: "", TAG: "" });
  expect(warnings).toEqual([]);
  const file = join(folder, "shop/profiles/shop.yaml");
  expect(secretVariables).toMatchObject([
    { variable: "PASSWORD", services: ["a"], isSet: false, where: { file, line: 4 } },
    { variable: "TAG", services: ["a"], isSet: false },
  ]);
});

test("what the secrets file gives is told with who needs it, and so is what it does not give", async () => {
  const folder = await home("PASSWORD=hunter2\nTOKEN=abc\n");
  const more = "  b: { image: x, environment: [TOKEN, OTHER], depends_on: [a] }\n";
  await writeFile(join(folder, "shop/profiles/shop.yaml"), SHOP + more);
  const { secretVariables, warnings } = await load(folder);
  expect(secretVariables).toMatchObject([
    { variable: "PASSWORD", services: ["a"], isSet: true },
    { variable: "TAG", services: ["a"], isSet: false },
    { variable: "TOKEN", services: ["b"], isSet: true, where: { line: 5, column: 32 } },
  ]);
  expect(warnings.map(({ message }) => message)).toEqual(["${TAG}: TAG is not set, and is taken as empty"]);
  expect(
    (await load(await folderWith({ "shop/profiles/shop.yaml": "services: { a: { image: x } }" }))).secretVariables,
  ).toBe(undefined);
});

test("a flaw in the secrets' own path is told, and nothing that may be in the file", async () => {
  const folder = await folderWith({ "p.yaml": SHOP.replace("~/secrets", "${WHERE?}") });
  const loading = loadProfile(join(folder, "p.yaml"), { workspace: folder, environment: {}, home: folder });
  expect((await failureOf(loading)).problems.map(({ message }) => message)).toEqual(["${WHERE?}: WHERE is not set"]);
});
