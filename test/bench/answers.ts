import { get } from "node:http";

/** Asks a service on a fresh connection, over and over, until it answers with this text. */
export async function untilAnswers(host: string, port: number, text: string): Promise<void> {
  const deadline = performance.now() + 30_000;
  while ((await ask(host, port)) !== text) {
    if (performance.now() > deadline) throw new Error(`${host}:${port} did not answer ${text} within 30 s`);
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
}

function ask(host: string, port: number): Promise<string | undefined> {
  return new Promise((resolve) => {
    const request = get({ host, port, path: "/", agent: false, timeout: 1000 }, (response) => {
      let body = "";
      response.setEncoding("utf8");
      response.on("data", (piece: string) => {
        body += piece;
      });
      response.on("end", () => resolve(body));
      response.on("error", () => resolve(undefined));
    });
    request.on("error", () => resolve(undefined));
    request.on("timeout", () => request.destroy());
  });
}
