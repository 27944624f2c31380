import { createServer, type IncomingMessage, request as send } from "node:http";
import { type AddressInfo, connect, type Socket } from "node:net";

export interface HttpProxy {
  readonly port: number;
  /** What it was asked for: `CONNECT 127.0.0.1:443`, `GET http://127.0.0.1:80/path`. */
  readonly asked: string[];
  close(): Promise<void>;
}

/**
 * A real forward proxy on loopback, as the web's companies have them: CONNECT for TLS, and requests with a whole URL.
 * @param credentials the value of `Proxy-Authorization` that it wants; 407 without
 */
export async function startHttpProxy(credentials?: string): Promise<HttpProxy> {
  const asked: string[] = [];
  const tunnels = new Set<Socket>();
  const mayPass = ({ headers }: IncomingMessage) =>
    credentials === undefined || headers["proxy-authorization"] === credentials;
  const server = createServer((request, answer) => {
    asked.push(`${request.method} ${request.url}`);
    if (!mayPass(request)) return void answer.writeHead(407).end();
    const { "proxy-authorization": _, ...headers } = request.headers;
    const onward = send(request.url ?? "", { headers, method: request.method }, (said) => {
      answer.writeHead(said.statusCode ?? 502, said.headers);
      said.pipe(answer);
    });
    onward.on("error", () => answer.writeHead(502).end());
    onward.end();
  });
  server.on("connect", (request: IncomingMessage, client: Socket) => {
    asked.push(`CONNECT ${request.url}`);
    if (!mayPass(request)) return void client.end("HTTP/1.1 407 Proxy Authentication Required\r\n\r\n");
    const { hostname, port } = new URL(`http://${request.url}`);
    const onward = connect(Number(port), hostname, () => client.write("HTTP/1.1 200 Connection established\r\n\r\n"));
    onward.pipe(client).pipe(onward);
    for (const socket of [client, onward]) {
      tunnels.add(socket);
      socket.on("error", () => {});
    }
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    port: (server.address() as AddressInfo).port,
    asked,
    async close() {
      for (const socket of tunnels) socket.destroy();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
