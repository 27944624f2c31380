import { environmentFailure } from "../../model/failure.ts";
import { findProgram, installCommand } from "../programs.ts";
import type { Surroundings } from "../surroundings.ts";
import type { Launcher } from "./launch.ts";
import type { Layout } from "./layout.ts";
import { rootlessLauncher } from "./rootless.ts";

/**
 * Finds out how the engine can be started here, by whom devenv runs as.
 * @throws Failure (environment) with the exact command when something is missing
 */
export function findLauncher(layout: Layout, surroundings: Surroundings): Launcher {
  const { machine } = surroundings;
  if (machine.platform !== "linux") {
    throw environmentFailure("devenv's own engine runs on Linux only", {
      hint: "Start Docker Desktop, OrbStack, Rancher Desktop or colima; devenv finds it by itself.",
    });
  }
  const dockerd = findProgram("dockerd", surroundings);
  if (dockerd === undefined) {
    throw environmentFailure("no Docker engine is installed (there is no dockerd)", {
      hint: `Install it: ${installCommand(["engine"])}`,
    });
  }
  if (machine.uid !== 0) return rootlessLauncher(layout, surroundings);
  const packages: Readonly<Record<string, string>> = {
    iptables: "iptables",
    "iptables-restore": "iptables",
    ip: "iproute2",
    setsid: "util-linux",
  };
  const missing = Object.keys(packages).filter((program) => findProgram(program, surroundings) === undefined);
  if (missing.length > 0) {
    throw environmentFailure(`the engine needs ${missing.join(", ")}, which this machine does not have`, {
      hint: `Install: ${installCommand([...new Set(missing.map((program) => packages[program] ?? program))])}`,
    });
  }
  return { rootless: false, program: dockerd, environment: {} };
}
