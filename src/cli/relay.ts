import { clusterName } from "../model/names.ts";
import type { Commands } from "./commands.ts";
import { note } from "./session.ts";

/** Not for people: devenv starts it by itself, where a service's place is taken by what runs elsewhere. */
export function defineRelay({ program, run }: Commands): void {
  program
    .command("relay", { hidden: true })
    .argument("<cluster>")
    .argument("<docker-host>")
    .action((cluster: string, host: string) =>
      run(async (session) => {
        const { runRelay } = await import("../flow/relay.ts");
        const now = () => new Date(session.machine.clock.now()).toISOString();
        await runRelay(clusterName(cluster), host, session.machine, (line) => note(session, `${now()} ${line}`));
      }),
    );
}
