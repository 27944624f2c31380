import { copyFile, mkdtemp, readFile, rm } from "node:fs/promises";
import { type AddressInfo, connect, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createServer } from "node:tls";
import { makeCertificates } from "./certificates.ts";

export interface TlsDaemon {
  /** What a Docker client is told of it. */
  readonly env: { readonly DOCKER_HOST: string; readonly DOCKER_TLS_VERIFY: string; readonly DOCKER_CERT_PATH: string };
  close(): Promise<void>;
}

/**
 * TLS on loopback in front of a real daemon's socket: it wants a certificate of its own authority from who connects, as a
 * dockerd with `--tlsverify` does.
 * @param signed as `makeCertificates` takes it
 */
export async function startTlsDaemon(daemonSocket: string, signed?: string): Promise<TlsDaemon> {
  const made = await makeCertificates("IP:127.0.0.1", signed);
  const folder = await mkdtemp(join(tmpdir(), "devenv-tls-daemon-"));
  await copyFile(made.authority, join(folder, "ca.pem"));
  await copyFile(made.certificate, join(folder, "cert.pem"));
  await copyFile(made.key, join(folder, "key.pem"));
  const [ca, cert, key] = await Promise.all([made.authority, made.certificate, made.key].map((path) => readFile(path)));
  const open = new Set<Socket>();
  const note = (socket: Socket) => {
    open.add(socket);
    socket.on("error", () => {});
    socket.on("close", () => open.delete(socket));
  };
  const trust = { requestCert: true, rejectUnauthorized: signed === undefined };
  const server = createServer({ ca, cert, key, ...trust, allowHalfOpen: true }, (client) => {
    const daemon = connect({ path: daemonSocket, allowHalfOpen: true });
    for (const socket of [client, daemon]) note(socket);
    client.pipe(daemon).pipe(client);
  });
  // Those, too, whose other end goes before they have agreed.
  server.on("connection", note);
  server.on("tlsClientError", () => {});
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    env: {
      DOCKER_HOST: `tcp://127.0.0.1:${(server.address() as AddressInfo).port}`,
      DOCKER_TLS_VERIFY: "1",
      DOCKER_CERT_PATH: folder,
    },
    async close() {
      for (const socket of open) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
      await rm(folder, { recursive: true });
      await made.remove();
    },
  };
}
