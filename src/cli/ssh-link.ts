import type { SshAddress } from "../model/ssh.ts";
import type { Commands } from "./commands.ts";
import { note } from "./session.ts";

interface MachineOptions {
  readonly vm?: string;
  readonly minikube?: string;
  readonly config: string;
  readonly docker: string;
}

function machineIn({ vm, minikube, config, docker }: MachineOptions): Pick<SshAddress, "machine"> {
  const cluster = vm ?? minikube;
  if (cluster === undefined) return {};
  return { machine: { of: vm === undefined ? "minikube" : "vm", cluster, config, docker } };
}

/** Not for people: devenv starts it by itself, for a cluster whose daemon is on another host (provider `ssh`). */
export function defineSshLink({ program, run }: Commands): void {
  program
    .command("ssh-link", { hidden: true })
    .argument("<destination>")
    .argument("[port]")
    .option("--vm <cluster>", "a virtual machine of devenv's own, of this cluster")
    .option("--minikube <profile>", "a machine of minikube's, of this profile")
    .option("--config <file>", "its configuration of ssh", "")
    .option("--docker <socket>", "the Docker daemon's socket in it", "")
    .action((destination: string, port: string | undefined, options: MachineOptions) =>
      run(async (session) => {
        const { machine } = session;
        const { runLink } = await import("../provider/ssh/run-link.ts");
        const now = () => new Date(machine.clock.now()).toISOString();
        const say = (line: string) => note(session, `${now()} ${line}`);
        const address = {
          destination,
          ...(port !== undefined && { port: Number(port) }),
          ...machineIn(options),
        };
        await runLink(address, machine, say, machine.signal);
      }),
    );
}
