import { peekText } from "../../host/files.ts";
import { environmentFailure } from "../../model/failure.ts";
import type { VmImageWish } from "../../model/vm.ts";
import { findProgram, installCommand } from "../programs.ts";
import type { Surroundings } from "../surroundings.ts";
import { type GuestArchitecture, guestArchitecture } from "./architecture.ts";

/** Something that has to be installed here. */
export interface Missing {
  /** The program, or what else it is. */
  readonly what: string;
  /** The package that it is in, on Debian. */
  readonly package: string;
  readonly why: string;
}

/** What is missing here to start a machine with such an image, if it had to be made now. */
export function missingFor(
  wish: VmImageWish,
  surroundings: Surroundings,
  guest: GuestArchitecture = guestArchitecture(),
): readonly Missing[] {
  return [
    ...guest.packages.flatMap((name) => missingProgram(guest.program, name, "runs the machine", surroundings)),
    ...missingProgram("qemu-img", "qemu-utils", "makes its disk over the image", surroundings),
    ...missingProgram("ssh", "openssh-client", "leads into it", surroundings),
    ...missingProgram("ssh-keygen", "openssh-client", "makes its keys", surroundings),
    ...(wish.from === "packages" ? missingToBuild(surroundings) : []),
  ];
}

function missingToBuild(surroundings: Surroundings): readonly Missing[] {
  const keys = peekText("/usr/share/keyrings/debian-archive-keyring.gpg");
  return [
    ...missingProgram("mmdebstrap", "mmdebstrap", "builds the image from Debian's packages", surroundings),
    ...(keys === undefined
      ? [{ what: "Debian's keys", package: "debian-archive-keyring", why: "tell that the packages are Debian's" }]
      : []),
    ...missingProgram("mke2fs", "e2fsprogs", "makes the image's file system", surroundings),
    ...(surroundings.machine.uid === 0
      ? []
      : missingProgram("newuidmap", "uidmap", "lets a user own its files", surroundings)),
  ];
}

function missingProgram(
  what: string,
  packageName: string,
  why: string,
  surroundings: Surroundings,
): readonly Missing[] {
  return findProgram(what, surroundings) === undefined ? [{ what, package: packageName, why }] : [];
}

/** Each once, as the command that installs them has them. */
export const packagesOf = (missing: readonly Missing[]): string[] => [...new Set(missing.map((each) => each.package))];

/** @throws Failure (environment) that names all that is missing, what each is for, and the command that installs it */
export function expectNothingMissing(
  wish: VmImageWish,
  surroundings: Surroundings,
  guest: GuestArchitecture = guestArchitecture(),
): void {
  const missing = missingFor(wish, surroundings, guest);
  if (missing.length === 0) return;
  const names = missing.map(({ what, why }) => `${what}, which ${why}`).join("; ");
  const packages = packagesOf(missing);
  const builds = missing.some((each) => each.package === "mmdebstrap");
  const instead = builds ? "; or name a disk that was built elsewhere: `x-devenv.vm.image: { url: …, sha256: … }`" : "";
  throw environmentFailure(`a virtual machine cannot be had, as this is not installed here: ${names}`, {
    hint: `${installCommand(packages)}${instead}`,
  });
}
