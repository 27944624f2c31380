import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TLSSocket } from "node:tls";
import { afterAll, beforeAll, expect, test } from "vitest";
import { connect } from "../../../src/docker/connect.ts";
import { systemProcesses } from "../../../src/host/process.ts";
import type { Tls } from "../../../src/model/endpoint.ts";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "devenv-tls-"));
  await authority("ca");
  await authority("other");
  await certificate("server", "subjectAltName=IP:127.0.0.1");
  await certificate("client", "extendedKeyUsage=clientAuth");
});
afterAll(() => rm(folder, { recursive: true }));

test("a daemon behind TLS sees our certificate, and is spoken to on any port", async () => {
  const { port, close, clients } = await daemonBehindTls();
  const daemon = connect({ kind: "tcp", host: "127.0.0.1", port, tls: await tls("ca") });
  expect(await daemon.observe()).toEqual({ containers: [], networks: [], volumes: [] });
  expect(new Set(clients)).toEqual(new Set(["client"]));
  daemon.close();
  close();
});

test("a daemon whose certificate another authority signed is not trusted", async () => {
  const { port, close } = await daemonBehindTls();
  const daemon = connect({ kind: "tcp", host: "127.0.0.1", port, tls: await tls("other") });
  await expect(daemon.observe()).rejects.toMatchObject({
    class: "environment",
    message: expect.stringMatching(new RegExp(`^the Docker daemon at tcp://127\\.0\\.0\\.1:${port} is not trusted: `)),
    hint: expect.stringContaining("certificates"),
  });
  close();
});

async function daemonBehindTls() {
  const clients: string[] = [];
  const [ca, cert, key] = await Promise.all(["ca.pem", "server.pem", "server.key"].map(read));
  const server = createServer({ ca, cert, key, requestCert: true, rejectUnauthorized: true }, (asked, answer) => {
    clients.push(String((asked.socket as TLSSocket).getPeerCertificate().subject.CN));
    answer.setHeader("Api-Version", "1.44");
    answer.end(asked.url?.includes("volumes") ? "{}" : "[]");
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const close = () => {
    server.closeAllConnections();
    server.close();
  };
  return { port: (server.address() as AddressInfo).port, close, clients };
}

async function tls(authorityName: string): Promise<Tls> {
  const [ca = "", cert = "", key = ""] = await Promise.all(
    [`${authorityName}.pem`, "client.pem", "client.key"].map(read),
  );
  return { ca, cert, key, folder };
}

const read = (name: string): Promise<string> => readFile(join(folder, name), "utf8");

const NEW_KEY = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"];

const authority = (name: string): Promise<void> =>
  openssl(
    "req",
    "-x509",
    ...NEW_KEY,
    "-subj",
    `/CN=${name}`,
    "-days",
    "2",
    "-keyout",
    `${name}.key`,
    "-out",
    `${name}.pem`,
  );

async function certificate(name: string, extension: string): Promise<void> {
  await writeFile(join(folder, `${name}.ext`), extension);
  await openssl("req", ...NEW_KEY, "-subj", `/CN=${name}`, "-keyout", `${name}.key`, "-out", `${name}.csr`);
  const signed = ["-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-days", "2", "-extfile", `${name}.ext`];
  await openssl("x509", "-req", "-in", `${name}.csr`, ...signed, "-out", `${name}.pem`);
}

async function openssl(...args: string[]): Promise<void> {
  const { code, output, missing } = await systemProcesses.run("openssl", args, { cwd: folder });
  if (code !== 0) throw new Error(`openssl ${args[0]}: ${missing ? "not installed" : output}`);
}
