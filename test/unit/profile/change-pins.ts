/** A process that pins a service again and again, and says `PID BUILD`: `change-pins.ts WORKSPACE STATE SERVICE TIMES`. */
import { serviceName } from "../../../src/model/names.ts";
import { changePins } from "../../../src/profile/change-pins.ts";

const [workspace = "", stateFolder = "", service = "", times = "1"] = process.argv.slice(2);
const { signal } = new AbortController();
for (let build = 1; build <= Number(times); build++) {
  const pin = { build: String(build), reason: "x".repeat(2000), date: "2026-11-21", by: undefined };
  await changePins(workspace, { stateFolder, signal }, () => new Map([[serviceName(service), pin]]));
  process.stdout.write(`${process.pid} ${build}\n`);
}
