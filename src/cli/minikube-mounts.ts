import type { Commands } from "./commands.ts";
import { note } from "./session.ts";

/** Not for people: devenv starts it by itself, to keep folders of this machine mounted in one of minikube's. */
export function defineMinikubeMounts({ program, run }: Commands): void {
  program
    .command("minikube-mounts", { hidden: true })
    .argument("<profile>")
    .argument("<program>")
    .argument("<folders...>")
    .option("--ip <address>", "this machine's, for that one")
    .action((profile: string, minikube: string, folders: string[], { ip }: { readonly ip?: string }) =>
      run(async (session) => {
        const { machine } = session;
        const { keepMounted } = await import("../provider/minikube/keep-mounted.ts");
        const { minikubeLayout } = await import("../provider/minikube/layout.ts");
        const say = (line: string) => note(session, `${new Date(machine.clock.now()).toISOString()} ${line}`);
        const layout = minikubeLayout(profile, machine);
        await keepMounted({ layout, program: minikube, folders, ip, say }, machine, machine.signal);
      }),
    );
}
