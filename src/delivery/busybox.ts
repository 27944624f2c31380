import { readFile } from "node:fs/promises";
import { type Executable, readExecutable } from "../artifact/elf.ts";
import { hostPlatform, isSamePlatform } from "../artifact/platforms.ts";
import type { Platform } from "../model/artifact.ts";
import { environmentFailure, type Failure } from "../model/failure.ts";

/** Where distributions put it: Debian and Ubuntu, Fedora, Alpine (`busybox-static`), Arch. */
const PLACES = ["/bin/busybox", "/usr/bin/busybox", "/sbin/busybox", "/usr/sbin/busybox", "/bin/busybox.static"];

/** Where a person puts one for daemons of another architecture, or where no distribution has any (macOS). */
const ownPlace = ({ arch }: Platform): string => `/usr/local/lib/devenv/busybox-${arch}`;

/**
 * Takes the daemon's platform and the places to look at; gives the content of the first busybox that runs there in an
 * empty image: static, and of that architecture.
 * @throws Failure (environment) that says what was found instead, and what to install.
 */
export async function findBusybox(
  platform: Platform,
  places: readonly string[] = [ownPlace(platform), ...PLACES],
): Promise<Buffer> {
  const unfit: string[] = [];
  for (const path of places) {
    const executable = await readExecutable(path).catch(() => undefined);
    if (executable === undefined) continue;
    const reason = unfitFor(platform, executable);
    if (reason === undefined) return readFile(path);
    unfit.push(`${path} ${reason}`);
  }
  throw noBusybox(platform, unfit);
}

function unfitFor(platform: Platform, executable: Executable): string | undefined {
  if (executable.kind !== "elf") return "is no Linux program";
  const { interpreter, platform: its } = executable;
  if (its.os !== platform.os || its.arch !== platform.arch) return `is for ${its.os}/${its.arch}`;
  return interpreter === undefined ? undefined : `needs ${interpreter}, which an empty image does not have`;
}

function noBusybox(platform: Platform, unfit: readonly string[]): Failure {
  const found = unfit.length === 0 ? "" : `: ${unfit.join("; ")}`;
  const own = `The daemon is of another architecture than this machine: \`devenv docker run --rm busybox:musl cat /bin/busybox >busybox\` gets one; put it at ${ownPlace(platform)}.`;
  const install = isSamePlatform(platform, hostPlatform()) ? "Install it: `apt-get install busybox-static`." : own;
  return environmentFailure(`there is no static busybox for ${platform.os}/${platform.arch} on this machine${found}`, {
    hint: `It runs the services' supervisor inside the containers. ${install}`,
  });
}
