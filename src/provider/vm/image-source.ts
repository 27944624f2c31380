import type { ProviderProgress } from "../provider.ts";
import type { Surroundings } from "../surroundings.ts";
import type { GuestArchitecture } from "./architecture.ts";

/** A disk that guests start from: nobody writes to it, each guest has an overlay. */
export interface VmImage {
  /** Names what is in it: of the recipe that it was built by, or the SHA-256 of the disk. Hexadecimal. */
  readonly digest: string;
  readonly guest: GuestArchitecture;
  /** Absolute path. */
  readonly disk: string;
  readonly format: "raw" | "qcow2";
  /** What QEMU boots directly; a disk without these has a boot loader of its own. Absolute paths. */
  readonly boot: { readonly kernel: string; readonly initrd: string } | undefined;
}

/** One way to an image. */
export interface ImageSource {
  /** Of the image that it makes. */
  readonly digest: string;
  /**
   * Puts `disk` into an empty folder, and `kernel` and `initrd` where it is booted by them; gives the disk's format.
   * @throws Failure; what is left in the folder then is nobody's
   */
  make(
    folder: string,
    surroundings: Surroundings,
    progress: ProviderProgress,
    signal?: AbortSignal,
  ): Promise<VmImage["format"]>;
}
