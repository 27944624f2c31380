/**
 * The screen in front of a cluster that is made up: `made-up-cluster.ts SERVICES LINES-A-SECOND [crash]`. With `crash`,
 * pressing `r` throws where nobody catches it.
 */
import { serviceName } from "../../../src/model/names.ts";
import { show } from "../../../src/tui/show.tsx";
import { aService, fakeLive } from "./fake-live.ts";

const [services = "3", linesPerSecond = "0", ending = ""] = process.argv.slice(2);
const names = Array.from({ length: Number(services) }, (_, at) => `service-${at}`);
const live = fakeLive(names);
const { stdin, stdout, env } = process;

live.restartEnds = async () => {
  if (ending === "crash") {
    setImmediate(() => {
      throw new Error("boom");
    });
  }
  return 17;
};
setImmediate(() => {
  live.says(names.map((name) => aService(name)));
  live.happens({ type: "watching", services: names.map(serviceName), folders: names.length });
});
const BATCH_MS = 33;
let printed = 0;
const printing = setInterval(() => {
  const count = Math.round((Number(linesPerSecond) * BATCH_MS) / 1000);
  const texts = Array.from({ length: count }, () => `{"level":"info","msg":"GET /books/${printed++}","took":"1.2ms"}`);
  if (count > 0) live.prints(names[printed % names.length] ?? "", ...texts);
}, BATCH_MS);

await show(live, { stdin, stdout, color: !env.NO_COLOR, signal: new AbortController().signal });
clearInterval(printing);
stdout.write("the cluster goes on\n");
stdin.unref();
