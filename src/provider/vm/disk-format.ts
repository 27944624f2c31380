import { open } from "node:fs/promises";
import { userFailure } from "../../model/failure.ts";

/** Of the qcow2 header (https://www.qemu.org/docs/master/interop/qcow2.html): 104 bytes have all that is asked here. */
const HEADER_BYTES = 104;
const QCOW2 = "514649fb";
/** Incompatible feature: the data are in another file. */
const EXTERNAL_DATA = 1n << 2n;

/** What is sent packed, as nobody starts a machine from it. */
const PACKED: Readonly<Record<string, string>> = {
  "1f8b": "gzip",
  fd37: "xz",
  "28b5": "zstd",
  "425a": "bzip2",
  "504b": "zip",
};

/**
 * Whether a disk is raw or qcow2, by its own word.
 * @param from where it came from, for the person
 * @throws Failure (user) for one that is packed, or that would have QEMU read other files of this machine
 */
export async function diskFormat(path: string, from: string): Promise<"raw" | "qcow2"> {
  const file = await open(path, "r");
  try {
    const { buffer, bytesRead } = await file.read({ buffer: Buffer.alloc(HEADER_BYTES), position: 0 });
    const packed = PACKED[buffer.toString("hex", 0, 2)];
    if (packed !== undefined) {
      throw userFailure(`${from} is packed with ${packed}`, {
        hint: "x-devenv.vm.image names a disk as it is, raw or qcow2; unpack it, and take the checksum of that",
      });
    }
    if (bytesRead < HEADER_BYTES || buffer.toString("hex", 0, 4) !== QCOW2) return "raw";
    const backing = buffer.readBigUInt64BE(8) !== 0n;
    const external = buffer.readUInt32BE(4) >= 3 && (buffer.readBigUInt64BE(72) & EXTERNAL_DATA) !== 0n;
    if (!backing && !external) return "qcow2";
    throw userFailure(`${from} is not a whole disk: it refers to another file`, {
      hint: "make one of both: `qemu-img convert -O qcow2`",
    });
  } finally {
    await file.close();
  }
}
