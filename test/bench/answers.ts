import { get } from "node:http";
import { eventually } from "../harness/eventually.ts";

/** Asks a service on a fresh connection, over and over, until it answers with this text. */
export async function untilAnswers(host: string, port: number, text: string): Promise<void> {
  await eventually(
    () => ask(host, port),
    (answer) => answer === text,
    { withinMs: 30_000, paceMs: 1, late: () => `${host}:${port} did not answer ${text} within 30 s` },
  );
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
