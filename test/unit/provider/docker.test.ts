import { createHash } from "node:crypto";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import type { Server } from "node:http";
import { createServer as createTlsServer } from "node:https";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { systemProcesses } from "../../../src/host/process.ts";
import { dockerCandidates } from "../../../src/provider/address.ts";
import { dockerProvider, searchDocker } from "../../../src/provider/docker.ts";
import { atEachTurn, standStill } from "../../harness/stand-still.ts";
import { INFO, serve, serveWith, surroundingsIn } from "./surroundings.ts";

let folder: string;
const servers: Server[] = [];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "devenv-docker-"));
});
afterEach(async () => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
  rmSync(folder, { recursive: true, force: true });
});

const write = (path: string, value: unknown) => {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, typeof value === "string" ? value : JSON.stringify(value));
};
const serveAt = async (path: string, info?: object) => {
  mkdirSync(dirname(path), { recursive: true });
  servers.push(await serve(path, info));
};
const writeContext = (name: string, host: string) => {
  const id = createHash("sha256").update(name).digest("hex");
  const meta = { Name: name, Metadata: {}, Endpoints: { docker: { Host: host, SkipTLSVerify: false } } };
  write(join(folder, ".docker/contexts/meta", id, "meta.json"), meta);
  return join(folder, ".docker/contexts/tls", id, "docker");
};
const find = (environment: Record<string, string>) => dockerProvider(surroundingsIn(folder, environment)).find();
const addresses = async (environment: Record<string, string>) =>
  (await dockerCandidates(surroundingsIn(folder, environment))).candidates.map(({ address }) => address);

describe("which daemon Docker's own client would take", () => {
  it("is the one of DOCKER_HOST before any context", async () => {
    writeContext("work", "tcp://10.0.0.1:2375");
    const environment = { DOCKER_HOST: "unix:///tmp/a b.sock", DOCKER_CONTEXT: "work" };
    expect(await addresses(environment)).toEqual([{ kind: "unix", path: "/tmp/a b.sock" }]);
  });

  it("is the one of DOCKER_CONTEXT before the current context", async () => {
    writeContext("work", "tcp://10.0.0.1:2375");
    writeContext("home", "tcp://10.0.0.2:2375");
    write(join(folder, ".docker/config.json"), { currentContext: "home" });
    expect(await addresses({})).toMatchObject([{ host: "10.0.0.2" }]);
    expect(await addresses({ DOCKER_CONTEXT: "work" })).toMatchObject([{ host: "10.0.0.1" }]);
  });

  it("is looked for in the folder of DOCKER_CONFIG", async () => {
    write(join(folder, "elsewhere/config.json"), { currentContext: "gone" });
    await expect(addresses({ DOCKER_CONFIG: join(folder, "elsewhere") })).rejects.toThrow("Docker context gone");
  });

  it("is at one of the usual sockets when nothing names one, the system's first", async () => {
    write(join(folder, ".docker/config.json"), { currentContext: "default" });
    expect(await addresses({ XDG_RUNTIME_DIR: "/run/user/1000" })).toEqual(
      [
        "/var/run/docker.sock",
        "/run/user/1000/docker.sock",
        ...[".docker/run", ".colima/default", ".orbstack/run", ".rd"].map((at) => join(folder, at, "docker.sock")),
      ].map((path) => ({ kind: "unix", path })),
    );
  });

  it("has Docker's registered ports where the address names none", async () => {
    for (const name of ["ca", "cert", "key"]) write(join(folder, ".docker", `${name}.pem`), name);
    expect(await addresses({ DOCKER_HOST: "tcp://10.0.0.1" })).toMatchObject([{ port: 2375, tls: undefined }]);
    expect(await addresses({ DOCKER_HOST: "tcp://10.0.0.1", DOCKER_TLS_VERIFY: "1" })).toMatchObject([
      { port: 2376, tls: { ca: "ca", cert: "cert", key: "key", folder: join(folder, ".docker") } },
    ]);
  });

  it("has the certificates that stand beside its context", async () => {
    const tls = writeContext("work", "tcp://10.0.0.1:2376");
    for (const name of ["ca", "cert", "key"]) write(join(tls, `${name}.pem`), name);
    expect(await addresses({ DOCKER_CONTEXT: "work" })).toMatchObject([{ tls: { ca: "ca", folder: tls } }]);
  });

  it.each([
    [{ DOCKER_HOST: "ssh://me@server" }, "DOCKER_HOST=ssh://me@server is a daemon behind ssh"],
    [{ DOCKER_HOST: "npipe:////./pipe/docker" }, "is not an address of a Docker daemon that devenv understands"],
    [{ DOCKER_HOST: "unix://relative.sock" }, "is not an address"],
    [{ DOCKER_HOST: "tcp://" }, "is not an address"],
    [{ DOCKER_HOST: "tcp://h:2376", DOCKER_TLS_VERIFY: "1" }, "wants TLS, but ca.pem, cert.pem, key.pem is missing in"],
    [{ DOCKER_CONTEXT: "gone" }, "Docker context gone is the current one, but there is no such context"],
  ])("is refused with a hint when it cannot be used: %j", async (environment, message) => {
    const up = dockerProvider(surroundingsIn(folder, environment)).up(() => {});
    await expect(up).rejects.toMatchObject({
      class: "user",
      message: expect.stringContaining(message),
      hint: expect.stringMatching(/\w/),
    });
    expect(await find(environment)).toBeUndefined();
  });

  it("survives a config file that is not JSON, as Docker's own client does", async () => {
    write(join(folder, ".docker/config.json"), "{");
    expect(await addresses({})).not.toHaveLength(0);
  });
});

describe("provider docker", () => {
  it("finds the daemon of a context by its answer", async () => {
    const path = join(folder, "d.sock");
    writeContext("work", `unix://${path}`);
    await serveAt(path);
    expect(await find({ DOCKER_CONTEXT: "work" })).toEqual({
      provider: "docker",
      address: { kind: "unix", path },
      platform: { os: "linux", arch: "amd64" },
      mountsHostFolders: true,
      reachesContainers: true,
      sharesSockets: true,
      publishedOn: "127.0.0.1",
      version: "28.1.1",
    });
  });

  it("asks no other daemon when one is named and silent", async () => {
    await serveAt(join(folder, ".docker/run/docker.sock"));
    const search = await searchDocker(surroundingsIn(folder, { DOCKER_HOST: `unix://${folder}/none.sock` }));
    expect(search.endpoint).toBeUndefined();
    expect(search.attempts).toMatchObject([{ outcome: "no such socket" }]);
  });

  it("lists all that it tried when none answers", async () => {
    write(join(folder, ".rd/docker.sock"), "");
    const up = dockerProvider(surroundingsIn(folder, { DOCKER_HOST: `unix://${folder}/.rd/docker.sock` })).up(() => {});
    await expect(up).rejects.toMatchObject({
      class: "environment",
      problems: [{ message: `DOCKER_HOST=unix://${folder}/.rd/docker.sock: nothing listens there` }],
    });
  });

  it("gives up a socket that accepts and says nothing (colima#1033), and says so", async () => {
    const path = join(folder, "d.sock");
    servers.push(await serveWith(path, () => {}));
    const surroundings = surroundingsIn(folder, { DOCKER_HOST: `unix://${path}` });
    const { endpoint, attempts } = await searchDocker(surroundings, { timeoutMs: 50 });
    expect(endpoint).toBeUndefined();
    expect(attempts).toMatchObject([{ outcome: "no answer within 0.05 s", hint: expect.stringContaining("restart") }]);
  });

  it("does not take a machine that stood still for a daemon that says nothing", async () => {
    const path = join(folder, "d.sock");
    await serveAt(path);
    const surroundings = surroundingsIn(folder, { DOCKER_HOST: `unix://${path}` });
    const found = searchDocker(surroundings, { timeoutMs: 500 });
    await atEachTurn(3, () => standStill(600));
    expect((await found).endpoint).toBeDefined();
  });

  it.each([
    ["<html>", 200, "what answers there is not a Docker daemon"],
    ["{}", 503, "answers with HTTP status 503"],
  ])("does not take %j with status %i for a daemon", async (body, status, outcome) => {
    const path = join(folder, "d.sock");
    servers.push(await serveWith(path, (_, response) => response.writeHead(status).end(body)));
    const { attempts } = await searchDocker(surroundingsIn(folder, { DOCKER_HOST: `unix://${path}` }));
    expect(attempts).toMatchObject([{ outcome }]);
  });

  it("stops looking on abort", async () => {
    const path = join(folder, "d.sock");
    const abort = new AbortController();
    servers.push(await serveWith(path, () => abort.abort()));
    const surroundings = surroundingsIn(folder, { DOCKER_HOST: `unix://${path}` });
    expect(await dockerProvider(surroundings).find(abort.signal)).toBeUndefined();
  });

  it("speaks TLS with a client certificate where it has to", async () => {
    const certificate =
      "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -keyout key.pem -out cert.pem";
    const names = "-subj /CN=daemon -addext subjectAltName=IP:127.0.0.1";
    const { code } = await systemProcesses.run("openssl", `${certificate} ${names}`.split(" "), { cwd: folder });
    expect(code).toBe(0);
    const [key, cert] = ["key.pem", "cert.pem"].map((name) => readFileSync(join(folder, name), "utf8"));
    write(join(folder, "ca.pem"), cert);
    const options = { key, cert, ca: cert, requestCert: true, rejectUnauthorized: true };
    const server = createTlsServer(options, (_, response) => response.end(JSON.stringify(INFO)));
    servers.push(server as unknown as Server);
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as { port: number };
    const environment = { DOCKER_HOST: `tcp://127.0.0.1:${port}`, DOCKER_CERT_PATH: folder };
    expect(await find({ ...environment, DOCKER_TLS_VERIFY: "1" })).toMatchObject({ version: "28.1.1" });
    expect(await find(environment)).toBeUndefined();
  });
});
