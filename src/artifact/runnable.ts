import type { Platform } from "../model/artifact.ts";
import { failed } from "../model/failure.ts";
import type { Service } from "../model/profile.ts";
import { type Executable, readExecutable } from "./elf.ts";
import { nameOf } from "./select.ts";

/**
 * Checks that a file artifact can run in the service's image, so that it is said now and in plain words what the
 * kernel would say later as `exec format error` or `no such file or directory` (tilt#5923).
 * @throws Failure (exit 1): another architecture or system, or something that needs files the empty image lacks.
 */
export async function checkRunnable(path: string, service: Service, platform: Platform): Promise<void> {
  const obstacle = obstacleTo(await readExecutable(path), service.image, platform);
  if (obstacle !== undefined) throw failed(`${service.name}: ${obstacle.what}`, { hint: obstacle.hint });
}

interface Obstacle {
  readonly what: string;
  readonly hint: string;
}

/** Pure: why such a program cannot run in such an image on such a daemon; undefined when nothing speaks against it. */
export function obstacleTo(program: Executable, image: string, platform: Platform): Obstacle | undefined {
  if (platform.os !== "linux") return obstacleElsewhere(program, platform);
  const empty = image === "scratch";
  switch (program.kind) {
    case "elf":
      if (nameOf(program.platform) !== nameOf(platform)) return built(nameOf(program.platform), platform);
      if (program.isCutOff) return CUT_OFF;
      return empty && program.interpreter !== undefined ? needsLoader(program.interpreter) : undefined;
    case "mach-o":
      return built("macOS", platform);
    case "pe":
      return built("Windows", platform);
    case "script":
      return empty ? needsInterpreter(program.interpreter) : undefined;
    case "other":
      return empty ? { what: "its artifact is not a program", hint: BUILD_HINT } : undefined;
    default:
      return program satisfies never;
  }
}

/** Of a program that no container runs (`devenv build --platform`): whether it is for that system at all. */
function obstacleElsewhere(program: Executable, platform: Platform): Obstacle | undefined {
  const isApple = platform.os === "darwin" || platform.os === "ios";
  switch (program.kind) {
    case "elf": {
      const isElf = !isApple && platform.os !== "windows" && program.platform.arch === platform.arch;
      return isElf ? undefined : built(nameOf(program.platform), platform);
    }
    case "mach-o":
      return isApple ? undefined : built("macOS", platform);
    case "pe":
      return platform.os === "windows" ? undefined : built("Windows", platform);
    case "script":
    case "other":
      return undefined;
    default:
      return program satisfies never;
  }
}

const CUT_OFF: Obstacle = {
  what: "its program is cut off: it ends before the end that its own headers tell",
  hint: "whoever wrote it was ended in the middle, or the disk was full; build it again",
};

const BUILD_HINT = "the build is to put one static executable at $DEVENV_OUT";

const built = (what: string, platform: Platform): Obstacle => ({
  what: `its program is built for ${what}, and is to run on ${nameOf(platform)}`,
  hint: `build it for ${nameOf(platform)} (a command gets them as DEVENV_TARGET_OS and DEVENV_TARGET_ARCH)`,
});

const needsLoader = (loader: string): Obstacle => ({
  what: `its program is dynamically linked: it needs ${loader}, which image scratch does not have`,
  hint: "link it statically (Go: without cgo; Rust: a musl target), or give the service an image that has the libraries",
});

const needsInterpreter = (interpreter: string): Obstacle => ({
  what: `its program is a script for ${interpreter}, which image scratch does not have`,
  hint: `give the service an image that has ${interpreter}`,
});
