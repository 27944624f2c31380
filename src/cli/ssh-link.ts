import type { Commands } from "./commands.ts";
import { note } from "./session.ts";

/** Not for people: devenv starts it by itself, for a cluster whose daemon is on another host (provider `ssh`). */
export function defineSshLink({ program, run }: Commands): void {
  program
    .command("ssh-link", { hidden: true })
    .argument("<destination>")
    .argument("[port]")
    .action((destination: string, port: string | undefined) =>
      run(async (session) => {
        const { machine } = session;
        const { runLink } = await import("../provider/ssh/run-link.ts");
        const now = () => new Date(machine.clock.now()).toISOString();
        const say = (line: string) => note(session, `${now()} ${line}`);
        const address = { destination, ...(port !== undefined && { port: Number(port) }) };
        await runLink(address, machine, say, machine.signal);
      }),
    );
}
