import { request as ask, type IncomingMessage, type ServerResponse } from "node:http";
import { type HttpServer, startHttpServer } from "./http-server.ts";

/** What a proxy before a registry may do to a request; true when it has answered by itself. */
export type Meddling = (request: IncomingMessage, answer: ServerResponse) => boolean | Promise<boolean>;

export interface RegistryFront extends Pick<HttpServer, "requests" | "close"> {
  /** `127.0.0.1:PORT`, to be asked in the registry's place. */
  readonly host: string;
  /** From now on; undefined for nothing. */
  meddle(how: Meddling | undefined): void;
  /** Method and path of the requests that an act brings about, the repository's name left out. */
  during(act: () => Promise<unknown>): Promise<readonly string[]>;
}

/** Stands before a real registry: counts what is asked, and does what bad networks and expired tokens do. */
export async function startRegistryFront(registry: string): Promise<RegistryFront> {
  const server = await startHttpServer();
  let meddling: Meddling | undefined;
  server.route("/v2/", async (request, answer) => {
    if (!(await meddling?.(request, answer))) await passOn(registry, request, answer);
  });
  return {
    requests: server.requests,
    host: `127.0.0.1:${server.port}`,
    close: () => server.close(),
    meddle(how) {
      meddling = how;
    },
    async during(act) {
      const before = server.requests.length;
      await act();
      return server.requests
        .slice(before)
        .map(({ method, path }) => `${method} ${path.replace(/^\/v2\/.*?\/(?=manifests|blobs|tags)/, "")}`);
    },
  };
}

/** @param most how many bytes of the answer come; then the connection is cut */
export function passOn(
  registry: string,
  { method, url, headers }: IncomingMessage,
  answer: ServerResponse,
  most = Number.POSITIVE_INFINITY,
): Promise<void> {
  const [host, port] = registry.split(":");
  return new Promise((resolve, reject) => {
    const asked = ask({ host, port, method, path: url, headers: { ...headers, host: registry } }, async (given) => {
      answer.writeHead(given.statusCode ?? 500, given.headers);
      let left = most;
      for await (const chunk of given) {
        const part = (chunk as Buffer).subarray(0, left);
        await new Promise((written) => answer.write(part, written));
        left -= part.length;
        if (left <= 0) break;
      }
      if (left <= 0) answer.destroy();
      else answer.end();
      resolve();
    });
    asked.on("error", reject);
    asked.end();
  });
}
