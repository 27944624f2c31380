/**
 * The screen in front of a cluster that is made up: `made-up-cluster.ts SERVICES LINES-A-SECOND [crash]`. The first
 * services are in a state each, all others are ready. With `crash`, pressing `r` throws where nobody catches it; a shell
 * is a program that says what it was typed.
 */
import { systemProcesses } from "../../../src/host/process.ts";
import { serviceName } from "../../../src/model/names.ts";
import { SERVICE_STATES } from "../../../src/model/status.ts";
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
live.ends.shell = async () => {
  const script = 'printf "typed: " >&2; read -r line; echo "read $line" >&2';
  await systemProcesses.run("sh", ["-c", script], { onTerminal: true });
  return { words: "the shell ended" };
};
/** The seven states from the second service on, so that the chosen one is ready. */
const stateOf = (at: number) => (ending === "states" ? (SERVICE_STATES[at - 1] ?? "ready") : "ready");
setImmediate(() => {
  live.says(names.map((name, at) => aService(name, { state: stateOf(at), ready: stateOf(at) === "ready" })));
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
