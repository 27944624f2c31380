import { createPrivateKey, randomUUID, sign, X509Certificate } from "node:crypto";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { systemProcesses } from "../../src/host/process.ts";
import { basic, type SeenRequest, startHttpServer } from "./http-server.ts";

export interface TokenServer {
  /** What docker-registry's config says of it (`auth`). */
  readonly auth: Readonly<Record<string, unknown>>;
  readonly requests: readonly SeenRequest[];
  /** Signs a token as the server would, without being asked. */
  token(repository: string, actions: readonly string[]): string;
  stop(): Promise<void>;
}

export interface TokenServerOptions {
  /** Who gets tokens; without it, everyone does. */
  readonly user?: { readonly name: string; readonly password: string };
}

const ISSUER = "token server of a test";
const SERVICE = "registry of a test";

/**
 * Gives tokens that a docker-registry believes: JWTs signed with RS256, whose header carries the certificate that the
 * registry's `rootcertbundle` holds (distribution/spec/auth/jwt.md).
 */
export async function startTokenServer({ user }: TokenServerOptions = {}): Promise<TokenServer> {
  const folder = await mkdtemp(join(tmpdir(), "devenv-tokens-"));
  const [keyFile, certificateFile] = [join(folder, "key.pem"), join(folder, "certificate.pem")];
  const request = ["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", `/CN=${ISSUER}`];
  const made = await systemProcesses.run("openssl", [...request, "-keyout", keyFile, "-out", certificateFile]);
  if (made.code !== 0) throw new Error(`openssl: ${made.output}`);
  const key = createPrivateKey(await readFile(keyFile));
  const certificate = new X509Certificate(await readFile(certificateFile)).raw.toString("base64");

  const token = (name: string, actions: readonly string[]): string => {
    const now = Math.floor(Date.now() / 1000);
    const header = { typ: "JWT", alg: "RS256", x5c: [certificate] };
    const claims = {
      ...{ iss: ISSUER, sub: user?.name ?? "", aud: SERVICE, jti: randomUUID() },
      ...{ iat: now, nbf: now - 10, exp: now + 300 },
      access: [{ type: "repository", name, actions }],
    };
    const signed = [header, claims].map((part) => Buffer.from(JSON.stringify(part)).toString("base64url")).join(".");
    return `${signed}.${sign("RSA-SHA256", Buffer.from(signed), key).toString("base64url")}`;
  };
  const server = await startHttpServer();
  server.route("/token", (asked, answer) => {
    if (user !== undefined && asked.headers.authorization !== basic(user.name, user.password)) {
      answer
        .writeHead(401, { "WWW-Authenticate": 'Basic realm="tokens"' })
        .end('{"details":"incorrect username or password"}');
      return;
    }
    const [, repository = "", actions = ""] =
      new URL(asked.url ?? "", "http://x").searchParams.get("scope")?.split(":") ?? [];
    answer.writeHead(200, { "Content-Type": "application/json", ETag: '"never to be kept"' });
    answer.end(JSON.stringify({ token: token(repository, actions.split(",")), expires_in: 300 }));
  });
  return {
    auth: { token: { realm: server.url("/token"), service: SERVICE, issuer: ISSUER, rootcertbundle: certificateFile } },
    requests: server.requests,
    token,
    async stop() {
      await server.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
