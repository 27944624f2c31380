import { accessSync, constants } from "node:fs";
import { userInfo } from "node:os";
import { join } from "node:path";
import { peekText } from "../../host/files.ts";
import { environmentFailure } from "../../model/failure.ts";
import { findProgram, installCommand, isExecutable } from "../programs.ts";
import type { Surroundings } from "../surroundings.ts";
import type { Launcher } from "./launch.ts";
import type { Layout } from "./layout.ts";

const SCRIPT = "dockerd-rootless.sh";

/** Debian and Ubuntu's docker.io leaves the script outside of PATH. */
const CONTRIB = ["/usr/share/docker.io/contrib", "/usr/share/docker/contrib", "/usr/libexec/docker"];

/** What the script needs, and the package that brings it on Debian and most others. */
const NEEDS: readonly { readonly package: string; readonly oneOf: readonly string[] }[] = [
  { package: "rootlesskit", oneOf: ["rootlesskit", "docker-rootlesskit"] },
  { package: "uidmap", oneOf: ["newuidmap"] },
  { package: "slirp4netns", oneOf: ["slirp4netns", "vpnkit"] },
];

/**
 * How to start an engine without root's rights, by Docker's own script.
 * @throws Failure (environment) that says what is missing for it, and the ways that need nothing more
 */
export function rootlessLauncher(layout: Layout, surroundings: Surroundings): Launcher {
  const script = findProgram(SCRIPT, surroundings) ?? CONTRIB.map((folder) => join(folder, SCRIPT)).find(isExecutable);
  const missing = NEEDS.filter(({ oneOf }) => !oneOf.some((name) => findProgram(name, surroundings))).map(
    (need) => need.package,
  );
  const lacks = [
    ...(script === undefined ? [`${SCRIPT} (part of Docker's rootless extras)`] : []),
    ...missing,
    ...(hasSubordinateIds(surroundings) ? [] : ["a line for you in /etc/subuid and /etc/subgid"]),
    // Its network is a tap device; every common system lets everybody have one, a bare machine may not.
    ...(mayUse("/dev/net/tun") ? [] : ["the right to use /dev/net/tun (`sudo chmod 666 /dev/net/tun`)"]),
  ];
  if (script === undefined || lacks.length > 0) {
    throw environmentFailure(
      `starting an engine needs root here; one without root would also need ${lacks.join(", ")}`,
      {
        hint: [
          "Either once per boot: `sudo devenv engine start` (it is then yours, without sudo)",
          "or use the system's Docker: `sudo usermod -aG docker $USER`, then log in anew",
          ...(missing.length > 0 ? [`or have a rootless engine: ${installCommand(missing)}`] : []),
        ].join("\n"),
      },
    );
  }
  return {
    rootless: true,
    program: script,
    environment: {
      XDG_RUNTIME_DIR: surroundings.environment.XDG_RUNTIME_DIR || layout.run,
      // The person may have a rootless Docker of their own, which has the default place.
      DOCKERD_ROOTLESS_ROOTLESSKIT_STATE_DIR: join(layout.run, "rootless"),
      DOCKERD_ROOTLESS_ROOTLESSKIT_FLAGS: `--state-dir=${join(layout.run, "rootless")}`,
    },
  };
}

function mayUse(device: string): boolean {
  try {
    accessSync(device, constants.R_OK | constants.W_OK);
    return true;
  } catch {
    return false;
  }
}

function hasSubordinateIds({ machine }: Surroundings): boolean {
  const names = [String(machine.uid), userInfo().username];
  return ["/etc/subuid", "/etc/subgid"].every((file) =>
    (peekText(file) ?? "").split("\n").some((line) => names.includes(line.split(":")[0] ?? "")),
  );
}
