/**
 * `ci-server.ts COUNT BYTES`: CI's folder with that many programs of that size, on loopback, in a process of its own, as
 * a server is. Prints its port.
 */
import { createHash, randomFillSync } from "node:crypto";
import { startHttpServer } from "../harness/http-server.ts";
import { elfHead, manifestOf } from "./ci-files.ts";

const [count, bytes] = process.argv.slice(2).map(Number);
if (count === undefined || bytes === undefined) throw new Error("ci-server.ts COUNT BYTES");

// One body for all of them: what tells them apart stands in their heads.
const body = randomFillSync(Buffer.allocUnsafe(bytes - elfHead(0).length));
const server = await startHttpServer();
const files = Array.from({ length: count }, (_, index) => {
  const [name, head] = [`service${index + 1}`, elfHead(index)];
  server.route(`/ci/${name}`, (_request, answer) => {
    answer.writeHead(200, { "Content-Type": "application/octet-stream", "Content-Length": bytes, ETag: `"${index}"` });
    answer.write(head);
    answer.end(body);
  });
  return { name, sha256: createHash("sha256").update(head).update(body).digest("hex"), size: bytes };
});
const manifest = Buffer.from(JSON.stringify(manifestOf(files)));
server.route("/ci/manifest.json", (_request, answer) => void answer.end(manifest));
process.stdout.write(`${server.port}\n`);
