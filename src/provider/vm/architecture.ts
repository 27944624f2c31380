import { arch } from "node:os";
import { environmentFailure } from "../../model/failure.ts";

/** Of the processors that a guest can have: it is always this machine's own, so that KVM and HVF can run it. */
export interface GuestArchitecture {
  /** Debian's word, which is also Go's. */
  readonly name: "amd64" | "arm64";
  /** QEMU's program for it. */
  readonly program: string;
  /** The packages that QEMU for it is in, on Debian. */
  readonly packages: readonly string[];
  /** QEMU's `-machine`. */
  readonly machine: string;
  /** The kernel's name of the first serial line. */
  readonly console: string;
}

/** arm64 was never tried: nothing but this table is made for it. */
const ARCHITECTURES: Readonly<Record<string, GuestArchitecture>> = {
  x64: {
    name: "amd64",
    program: "qemu-system-x86_64",
    packages: ["qemu-system-x86"],
    machine: "q35",
    console: "ttyS0",
  },
  arm64: {
    name: "arm64",
    program: "qemu-system-aarch64",
    packages: ["qemu-system-arm"],
    machine: "virt",
    console: "ttyAMA0",
  },
};

/**
 * What guests of this machine are made for.
 * @param host Node's word for the machine's processor
 * @throws Failure (environment) where no guest was ever thought of
 */
export function guestArchitecture(host: string = arch()): GuestArchitecture {
  const found = ARCHITECTURES[host];
  if (found !== undefined) return found;
  throw environmentFailure(`there are virtual machines for amd64 and arm64, and this machine's processor is ${host}`, {
    hint: "use another provider: `x-devenv.provider: docker`, or ssh to a host with Docker",
  });
}
