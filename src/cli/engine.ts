import { userFailure } from "../model/failure.ts";
import type { EngineStatus } from "../provider/engine.ts";
import { age } from "../state/duration.ts";
import type { Commands } from "./commands.ts";
import { printJson, type Session, say } from "./session.ts";
import { withStages } from "./stages.ts";

export function defineEngine({ program, run }: Commands): void {
  program
    .command("engine")
    .description("the private Docker daemon: status, start, stop")
    .argument("<verb>", "status, start or stop")
    .action((verb: string) => run((session) => engine(session, verb)));
}

async function engine(session: Session, verb: string): Promise<void> {
  const { machine } = session;
  if (verb === "start") {
    const { startEngine } = await import("../provider/engine/start.ts");
    await withStages(session, (stage) => startEngine(machine, stage, machine.signal));
  } else if (verb === "stop") {
    const { stopEngine } = await import("../provider/engine/stop.ts");
    await withStages(session, (stage) => stopEngine(machine, stage));
  } else if (verb !== "status") {
    throw userFailure(`devenv engine has no verb ${verb}`, { hint: "It takes status, start or stop." });
  }
  const { engineStatus } = await import("../provider/engine.ts");
  const now = await engineStatus(machine, { size: verb === "status" });
  if (session.json) printJson(session, now);
  else say(session, now.running ? running(now, machine.clock.now()) : "The engine does not run.");
}

function running(now: EngineStatus, at: number): string {
  const since = now.since === undefined ? "" : `, for ${age(at - Date.parse(now.since))}`;
  const size = now.sizeBytes === undefined ? "" : ` (${(now.sizeBytes / 1e6).toFixed(0)} MB)`;
  return [
    `The engine runs (pid ${now.pid}${since}): Docker ${now.version}, ${now.storageDriver}`,
    `  socket ${now.socket}`,
    `  data   ${now.dataRoot}${size}`,
    `  log    ${now.log}`,
  ].join("\n");
}
