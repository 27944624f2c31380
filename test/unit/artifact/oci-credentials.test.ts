import { chmod, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { parseChallenges, wayIn } from "../../../src/artifact/oci/challenge.ts";
import { dockerCredentials } from "../../../src/artifact/oci/docker-credentials.ts";
import { systemProcesses } from "../../../src/host/process.ts";
import { fill, temporaryFolder } from "./folders.ts";

describe("a challenge", () => {
  test("of a token server is read with its realm and its service", () => {
    const header = 'Bearer realm="https://auth.example.org/token",service="registry",scope="repository:a/b:pull,push"';
    expect(wayIn(header)).toEqual({ realm: "https://auth.example.org/token", service: "registry" });
    expect(parseChallenges(header)[0]?.parameters.scope).toBe("repository:a/b:pull,push");
  });

  test.each([
    ['Basic realm="a"', "basic"],
    ["basic", "basic"],
    ['Negotiate, Basic realm="a, b"', "basic"],
    ['Digest realm="x", nonce="y=="', undefined],
    ["", undefined],
    ['=,", \\', undefined],
  ])("%s offers: %s", (header, way) => {
    expect(wayIn(header)).toBe(way);
  });

  test("of two schemes the token is taken; quotes may hold quotes, commas and other schemes", () => {
    const header = 'Basic realm="say \\"Bearer realm=no\\", please", BEARER Realm = "https://t/", error=invalid_token';
    expect(wayIn(header)).toEqual({ realm: "https://t/", service: undefined });
    expect(parseChallenges(header)[0]?.parameters.realm).toBe('say "Bearer realm=no", please');
  });
});

describe("the credentials that docker login keeps", () => {
  const REGISTRY = "registry.example.org:5000";
  const base64 = (text: string) => Buffer.from(text).toString("base64");

  /** A home with a config.json, and helpers on the PATH: shell scripts, by what they are called for. */
  async function home(config: unknown, helpers: Readonly<Record<string, string>> = {}) {
    const folder = await temporaryFolder();
    await fill(folder, { ".docker/config.json": typeof config === "string" ? config : JSON.stringify(config) });
    for (const [name, script] of Object.entries(helpers)) {
      await writeFile(join(folder, `docker-credential-${name}`), `#!/bin/sh\n${script}\n`);
      await chmod(join(folder, `docker-credential-${name}`), 0o755);
    }
    const environment = { PATH: `${folder}:${process.env.PATH}` };
    return { home: folder, environment, processes: systemProcesses };
  }

  test("are user and password in base64, a colon in the password included", async () => {
    const at = await home({ auths: { [REGISTRY]: { auth: base64("ada:se:cret") } } });
    expect(await dockerCredentials(REGISTRY, at)).toEqual({ user: "ada", password: "se:cret" });
    expect(await dockerCredentials("other.example.org", at)).toBeUndefined();
  });

  test("are found under an old URL of the registry, too, and Docker's own under its", async () => {
    const auths = {
      [`https://${REGISTRY}/v1/`]: { auth: base64("ada:old") },
      "https://index.docker.io/v1/": { auth: base64("ada:hub") },
    };
    const at = await home({ auths });
    expect(await dockerCredentials(REGISTRY, at)).toMatchObject({ password: "old" });
    expect(await dockerCredentials("docker.io", at)).toMatchObject({ password: "hub" });
  });

  test("come from the folder that DOCKER_CONFIG names", async () => {
    const at = await home({});
    const other = await temporaryFolder();
    await fill(other, { "config.json": JSON.stringify({ auths: { [REGISTRY]: { auth: base64("a:b") } } }) });
    const environment = { ...at.environment, DOCKER_CONFIG: other };
    expect(await dockerCredentials(REGISTRY, { ...at, environment })).toEqual({ user: "a", password: "b" });
  });

  test("are none where there is no file, or the entry is as empty as a store leaves it", async () => {
    const at = await home({ auths: { [REGISTRY]: {} } });
    expect(await dockerCredentials(REGISTRY, at)).toBeUndefined();
    expect(await dockerCredentials(REGISTRY, { ...at, home: join(at.home, "nowhere") })).toBeUndefined();
  });

  test("a helper is asked for the registry, on its standard input; one of the registry's own before the store", async () => {
    const answer = `printf '{"ServerURL":"%s","Username":"%s","Secret":"'"$1"'"}' "$(cat)"`;
    const at = await home(
      { credsStore: "all", credHelpers: { [REGISTRY]: "own" } },
      { own: `${answer} own`, all: `${answer} all` },
    );
    expect(await dockerCredentials(REGISTRY, at)).toEqual({ user: "own", password: "get" });
    expect(await dockerCredentials("other.example.org", at)).toEqual({ user: "all", password: "get" });
  });

  test("are those of auths where the store has none", async () => {
    const at = await home(
      { credsStore: "all", auths: { [REGISTRY]: { auth: base64("a:b") } } },
      { all: "echo credentials not found in native keychain; exit 1" },
    );
    expect(await dockerCredentials(REGISTRY, at)).toEqual({ user: "a", password: "b" });
  });

  test.each([
    ["that is not installed", {}, "it is not installed"],
    ["that fails", { all: "echo the keychain is locked; exit 1" }, "the keychain is locked"],
    ["that says something else", { all: "echo 'user: hunter2'" }, "its answer is not the JSON that Docker expects"],
  ])("of a helper %s is told by its name", async (_what, helpers, why) => {
    const at = await home({ credsStore: "all" }, helpers);
    const failure = await dockerCredentials(REGISTRY, at).catch((thrown) => thrown);
    expect(failure).toMatchObject({
      class: "environment",
      message: expect.stringMatching(/docker-credential-all.*: /),
    });
    expect(failure.message).toContain(why);
    expect(failure.message).not.toContain("hunter2");
  });

  test("that are an identity token are told to be of no use here, instead of a refusal later", async () => {
    const at = await home({ auths: { [REGISTRY]: { auth: base64("a:"), identitytoken: "ey.secret" } } });
    const failure = await dockerCredentials(REGISTRY, at).catch((thrown) => thrown);
    expect(failure).toMatchObject({ class: "environment", message: expect.stringContaining("identity token") });
    expect(failure.message).not.toContain("ey.secret");
  });

  test("a config.json that is no JSON is named", async () => {
    const at = await home("{");
    await expect(dockerCredentials(REGISTRY, at)).rejects.toMatchObject({
      message: expect.stringContaining(join(at.home, ".docker/config.json")),
    });
  });
});
