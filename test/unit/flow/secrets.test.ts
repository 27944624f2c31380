import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { beforeEach, expect, onTestFinished, test } from "vitest";
import type { Machine } from "../../../src/flow/machine.ts";
import { gatherProvisions, provisionFailure } from "../../../src/flow/secrets.ts";
import { secretsAtHand } from "../../../src/flow/secrets-at-hand.ts";
import { systemProcesses } from "../../../src/host/process.ts";
import { serviceName } from "../../../src/model/names.ts";
import type { Profile } from "../../../src/model/profile.ts";
import type { ProvidedFile, ProvidedSource } from "../../../src/model/provided.ts";
import { Redactor } from "../../../src/model/secret.ts";
import { profile as profileOf, service, sha } from "../plan/samples.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "devenv-secrets-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
});

/** A file of the test's folder; its mode says whether others may read it. */
async function file(name: string, content: string | Buffer, mode = 0o600): Promise<string> {
  const path = join(folder, name);
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, content);
  await chmod(path, mode);
  return path;
}

const machine = (environment: Record<string, string> = {}): Machine =>
  ({
    environment,
    processes: systemProcesses,
    secrets: new Redactor(),
    isAtTerminal: false,
    signal: new AbortController().signal,
  }) as Partial<Machine> as Machine;

const secret = (name: string, source: ProvidedSource, kind: ProvidedFile["kind"] = "secret"): ProvidedFile => ({
  kind,
  name,
  target: kind === "secret" ? `/run/secrets/${name}` : `/${name}`,
  uid: 0,
  gid: 0,
  mode: 0o444,
  source,
});

const shop = (secretSource: Profile["secretSource"], ...provided: readonly ProvidedFile[]): Profile =>
  profileOf([service("books", { provided }), service("authors", { provided: provided.slice(0, 1) })], {
    secretSource,
    workspace: folder,
    file: join(folder, "shop.yaml"),
  });

const gather = (profile: Profile, on = machine()) => gatherProvisions(profile, profile.services, on);
const books = serviceName("books");

test("what a file, a variable, a key of the source and the profile itself give is delivered byte for byte", async () => {
  const binary = Buffer.from([0, 255, 10, 13, 128]);
  const source = { kind: "file", file: await file("shop.secrets", "API_KEY='k #1'\nTOKEN=t0ken\n") } as const;
  const profile = shop(
    source,
    secret("password", { kind: "file", file: await file("password", "hunter2\n") }),
    secret("store", { kind: "file", file: await file("store.jks", binary) }),
    secret("api", { kind: "key", key: "API_KEY" }),
    secret("token", { kind: "variable", variable: "TOKEN" }),
    secret("pin", { kind: "variable", variable: "PIN" }),
    secret("motd", { kind: "content", content: "hello\n" }, "config"),
  );
  const on = machine({ PIN: "482913" });
  const provisions = await gather(profile, on);
  expect(provisionFailure(provisions)).toBeUndefined();
  const content = (target: string) => provisions.of(books, target);
  expect(content("/run/secrets/password").toString()).toBe("hunter2\n");
  expect(content("/run/secrets/store")).toEqual(binary);
  expect(content("/run/secrets/api").toString()).toBe("k #1");
  expect(content("/run/secrets/token").toString()).toBe("t0ken");
  expect(content("/run/secrets/pin").toString()).toBe("482913");
  expect(content("/motd").toString()).toBe("hello\n");
  expect(provisions.digests.get(books)?.get("/run/secrets/api")).toBe(sha("k #1"));
  expect(provisions.digests.get(serviceName("authors"))?.size).toBe(1);
  expect(on.secrets.text(`hunter2 k #1 t0ken 482913 ${binary.toString("base64")} hello`)).toBe(
    "[secret] [secret] [secret] [secret] [secret] hello",
  );
});

test("the environment goes before the source", async () => {
  const source = { kind: "file", file: await file("shop.secrets", "TOKEN=file\n") } as const;
  const provisions = await gather(
    shop(source, secret("token", { kind: "variable", variable: "TOKEN" })),
    machine({ TOKEN: "environment" }),
  );
  expect(provisions.of(books, "/run/secrets/token").toString()).toBe("environment");
});

test("all that is wrong is told at once: what, where, who needs it, what to do", async () => {
  const where = { file: "/team/shop.yaml", line: 4, column: 3 };
  const readable = await file("readable", "x", 0o644);
  const inRepository = await file("repo/password", "x");
  await file("repo/.git/HEAD", "");
  const source = { kind: "file", file: await file("shop.secrets", "API_KEY=1\n") } as const;
  const profile = shop(
    source,
    secret("readable", { kind: "file", file: readable, where }),
    secret("tracked", { kind: "file", file: inRepository }),
    secret("gone", { kind: "file", file: join(folder, "gone") }),
    secret("unset", { kind: "variable", variable: "UNSET" }),
    secret("api", { kind: "key", key: "APIKEY" }),
    secret("conf", { kind: "file", file: join(folder, "app.conf") }, "config"),
  );
  const provisions = await gather(profile);
  const failure = provisionFailure(provisions);
  expect(failure?.exitCode).toBe(2);
  expect(failure?.problems.map(({ message }) => message)).toEqual([
    `secret readable, which books and authors need: ${readable} has mode 0644; it must be 0600, its owner's alone`,
    `secret tracked, which books needs: ${inRepository} lies in the repository ${folder}/repo`,
    `secret gone, which books needs: ${folder}/gone is not there`,
    `secret unset, which books needs: UNSET is not set in the environment, and ${source.file} has no key UNSET`,
    `secret api, which books needs: ${source.file} has no key APIKEY`,
    `config conf, which books needs: ${folder}/app.conf is not there`,
  ]);
  expect(failure?.problems[0]?.where).toEqual(where);
  expect(failure?.problems[0]?.hint).toBe(`\`chmod 600 ${readable}\``);
  expect(failure?.problems[4]?.hint).toBe(`did you mean API_KEY? Else add a line APIKEY=… to ${source.file}`);
  expect(provisions.checks.map(({ name, state }) => `${name} ${state}`)).toEqual([
    "(secrets file) ok",
    "readable refused",
    "tracked refused",
    "gone missing",
    "unset missing",
    "api missing",
    "conf missing",
  ]);
});

test("a source that is refused is told once, with all who need it, and so is one that nobody needs", async () => {
  const source = { kind: "file", file: await file("shop.secrets", "A=1\nB=2\n", 0o640) } as const;
  const wanted = [secret("a", { kind: "key", key: "A" }), secret("b", { kind: "variable", variable: "B" })];
  const needed = await gather(shop(source, ...wanted));
  expect(provisionFailure(needed)?.problems.map(({ message }) => message)).toEqual([
    `the secrets file ${source.file} has mode 0640; it must be 0600, its owner's alone`,
  ]);
  expect(needed.checks[0]).toMatchObject({ kind: "source", state: "refused", neededBy: ["books", "authors"] });
  expect(provisionFailure(await gather(shop(source)))?.problems).toHaveLength(1);
});

test("a variable that only .env sets is taken from there under the same conditions", async () => {
  const profile = shop(undefined, secret("token", { kind: "variable", variable: "TOKEN" }));
  const dotEnv = await file(".env", "TOKEN=dotenv\n", 0o644);
  const refused = provisionFailure(await gather(profile));
  expect(refused?.problems[0]?.message).toContain(`${dotEnv}, which sets TOKEN, has mode 0644`);
  await chmod(dotEnv, 0o600);
  expect((await gather(profile)).of(books, "/run/secrets/token").toString()).toBe("dotenv");
});

test("a command's KEY=VALUE lines are the source; it is run once, in the workspace, and only when it is needed", async () => {
  const command = 'echo ran >> runs; printf \'A=%s\\nB=second\\n\' "$(basename "$PWD")"';
  const source = { kind: "command", command } as const;
  const runs = async () => (await gather(shop(undefined, runsFile))).of(books, "/runs").toString();
  const runsFile = secret("runs", { kind: "file", file: join(folder, "runs") }, "config");
  const untouched = await gather(
    shop(source, secret("v", { kind: "variable", variable: "V" })),
    machine({ V: "here" }),
  );
  expect(untouched.checks.map(({ kind }) => kind)).toEqual(["secret"]);
  const wanted = [secret("a", { kind: "key", key: "A" }), secret("b", { kind: "variable", variable: "B" })];
  const provisions = await gather(shop(source, ...wanted));
  expect(provisions.of(books, "/run/secrets/a").toString()).toBe(folder.split("/").at(-1));
  expect(provisions.of(books, "/run/secrets/b").toString()).toBe("second");
  expect(await runs()).toBe("ran\n");
});

test("a command's own text is no argument of a process", async () => {
  const command = "echo A=$(tr '\\0' ' ' < /proc/$$/cmdline | base64 -w0)";
  const provisions = await gather(shop({ kind: "command", command }, secret("a", { kind: "key", key: "A" })));
  const shown = Buffer.from(provisions.of(books, "/run/secrets/a").toString(), "base64").toString();
  expect(shown).toMatch(/^sh -c .*eval/);
  expect(shown).not.toContain("base64");
});

test("a command that fails is told with its own words, and what it had printed is redacted in them", async () => {
  const command = "echo A=planted-value; echo 'cannot open planted-value' >&2; exit 7";
  const on = machine();
  const provisions = await gather(shop({ kind: "command", command }, secret("a", { kind: "key", key: "A" })), on);
  const failure = provisionFailure(provisions);
  expect(failure?.problems[0]?.message).toBe("the command for secrets ended with code 7");
  expect(on.secrets.text(failure?.output ?? "")).toBe("cannot open [secret]\n");
  expect(provisions.checks.map(({ state }) => state)).toEqual(["refused", "missing"]);
});

test("output that is no KEY=VALUE is told by its line and never quoted", async () => {
  const command = 'printf \'{\\n "password": "planted"\\n}\\n\'';
  const on = machine();
  const failure = provisionFailure(
    await gather(shop({ kind: "command", command }, secret("a", { kind: "key", key: "A" })), on),
  );
  expect(failure?.problems[0]?.message).toBe("the command for secrets: in its output, lines 1, 2, 3 are not KEY=VALUE");
  expect(on.secrets.text(' "password": "planted"')).toBe("[secret]");
});

test("a secret that is too short to be redacted is good, with a warning", async () => {
  const { checks } = await gather(
    shop(undefined, secret("a", { kind: "variable", variable: "A" }), secret("b", { kind: "variable", variable: "B" })),
    machine({ A: "123", B: "" }),
  );
  expect(checks.map(({ state, warning }) => [state, warning])).toEqual([
    ["ok", "is shorter than 4 characters: not redacted in logs"],
    ["ok", "is empty"],
  ]);
});

test("a variable of the profile's text that the secrets file would have to give is missing, and told with who needs it", async () => {
  const path = await file("shop.secrets", "A=1\n");
  const where = { file: "/team/shop.yaml", line: 7, column: 20 };
  const secretVariables = [
    { variable: "A", services: [books], isSet: true, where },
    { variable: "B", services: [books, serviceName("authors")], isSet: false, where },
    { variable: "C", services: [serviceName("disabled")], isSet: false, where },
  ];
  const profile = { ...shop({ kind: "file", file: path }), secretVariables };
  const provisions = await gather(profile);
  expect(provisions.checks.map(({ name, state }) => `${name} ${state}`)).toEqual([
    "(secrets file) ok",
    "A ok",
    "B missing",
  ]);
  const failure = provisionFailure(provisions);
  expect(failure?.problems).toEqual([
    {
      message: `variable B, which books and authors need: neither the environment nor ${path} gives it`,
      hint: `add a line B=… to ${path}, or write \${B:-} where nothing is meant`,
      where,
    },
  ]);
  await rm(path);
  expect(provisionFailure(await gather(profile))?.problems.map(({ message }) => message)).toEqual([
    `the secrets file ${path} is not there`,
  ]);
});

test("what is there for the reading is learned for the redaction, refused or not, and no command is run", async () => {
  const profile = shop(
    { kind: "command", command: `touch ${folder}/ran` },
    secret("open", { kind: "file", file: await file("open", "wide open\n", 0o666) }),
    secret("gone", { kind: "file", file: join(folder, "gone") }),
    secret("here", { kind: "variable", variable: "HERE" }),
    secret("key", { kind: "key", key: "KEY" }),
    secret("conf", { kind: "file", file: await file("conf", "no secret") }, "config"),
  );
  expect(await secretsAtHand(profile, { HERE: "in the environment" })).toEqual(["wide open\n", "in the environment"]);
  await expect(readFile(join(folder, "ran"))).rejects.toThrow("ENOENT");
});
