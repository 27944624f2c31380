import { request } from "node:http";
import { join } from "node:path";
import { errorCode } from "../../host/files.ts";
import { overSocketFile, socketFile } from "../../host/socket-file.ts";
import { failed } from "../../model/failure.ts";
import type { RelayRoute, RelayState } from "../../model/relay.ts";

/** A file's name in the cluster's folder: the unix socket at which its relay is spoken to. */
export const controlSocket = (clusterFolder: string): string => join(clusterFolder, "relay.sock");

/** What a relay is told to lead. */
export interface Lead {
  readonly routes: readonly RelayRoute[];
  readonly authorities: string | undefined;
}

/** What the relay of a cluster says of itself; undefined when none answers. */
export async function askRelay(clusterFolder: string): Promise<RelayState | undefined> {
  const answer = await call(clusterFolder, "GET").catch(asAbsent);
  return answer === undefined ? undefined : (JSON.parse(answer) as RelayState);
}

/** Resolves when the relay leads these routes and no others. @throws Failure when it cannot, or does not answer. */
export async function leadRelay(clusterFolder: string, lead: Lead): Promise<void> {
  await call(clusterFolder, "PUT", JSON.stringify(lead));
}

/** Asks the relay to end, and resolves when it takes no more orders; nothing to do where none runs. */
export async function endRelay(clusterFolder: string): Promise<void> {
  await call(clusterFolder, "DELETE").catch(asAbsent);
}

/** Nobody listens, or ended in the middle of an answer. */
function asAbsent(thrown: unknown): undefined {
  if (!["ENOENT", "ECONNREFUSED", "ECONNRESET", "EPIPE"].includes(errorCode(thrown) ?? "")) throw thrown;
}

/** How long a relay may take: it checks what it leads to, for 1.5 s at most. */
const PATIENCE_MS = 10_000;

function call(clusterFolder: string, method: string, body = ""): Promise<string> {
  const file = socketFile(controlSocket(clusterFolder));
  return new Promise<string>((resolve, reject) => {
    const asked = request({ ...overSocketFile(file.path), method, timeout: PATIENCE_MS }, (answer) => {
      let text = "";
      answer.setEncoding("utf8");
      answer.on("data", (piece: string) => {
        text += piece;
      });
      answer.on("error", reject);
      answer.on("end", () => (answer.statusCode === 200 ? resolve(text) : reject(refused(text))));
    });
    asked.on("timeout", () => asked.destroy(refused(`it does not answer within ${PATIENCE_MS / 1000} s`)));
    asked.on("error", reject);
    asked.end(body);
  }).finally(() => file.close());
}

const refused = (reason: string) =>
  failed(`the relay cannot lead what it was told to: ${reason.trim()}`, {
    hint: "Run `devenv up` again; relay.log in the cluster's folder tells more.",
  });
