import * as z from "zod";
import type { VmImageWish } from "../model/vm.ts";
import { type Parsed, wrong } from "./parsed.ts";
import { bytes, mapping, maybe, parsing, text, whole } from "./schema-parts.ts";

const MIB = 1024 ** 2;
const GIB = 1024 ** 3;

/** Docker with a service or two; QEMU itself would take less, and the guest would die of it without a word. */
const LEAST_MEMORY_MIB = 512;
/** The system, Docker and an image or two. */
const LEAST_DISK_GIB = 4;

/** Memory in MiB, what is less than one of them left away. */
const memory = bytes.transform(
  parsing((given: number): Parsed<number> => {
    const mebibytes = Math.floor(given / MIB);
    if (mebibytes >= LEAST_MEMORY_MIB) return { value: mebibytes };
    return wrong(`the least memory of a machine is ${LEAST_MEMORY_MIB}MiB`, "write 4GiB, 2g or 1536m");
  }),
);

/** A disk in GiB, begun ones in full. */
const disk = bytes.transform(
  parsing((given: number): Parsed<number> => {
    const gibibytes = Math.ceil(given / GIB);
    if (gibibytes >= LEAST_DISK_GIB) return { value: gibibytes };
    return wrong(`the smallest disk of a machine is ${LEAST_DISK_GIB}GiB`, "write 40GiB or 20g");
  }),
);

const image = mapping({
  url: text
    .regex(
      /^(https?|file):\/\/\S+$/,
      "must be the address of a disk: https://images.example.org/docker.qcow2, or file:///…",
    )
    .describe("Where the disk is: raw or qcow2, with systemd, sshd, Docker and qemu-guest-agent in it"),
  sha256: z.string().regex(/^[0-9a-fA-F]{64}$/, "must be a SHA-256: 64 hexadecimal digits"),
}).transform(({ url, sha256 }): VmImageWish => ({ from: "url", url, sha256: sha256.toLowerCase() }));

/** `x-devenv.vm`: what the cluster's machine is to be. Memory is in MiB, the disk in GiB. */
export const vm = mapping({
  cpus: maybe(whole(1, 255), "Processors; 2 by default"),
  memory: maybe(memory, "4GiB by default; more at its next start, where this was raised"),
  disk: maybe(disk, "40GiB by default, of which it takes here what is written to it; it grows, and never shrinks"),
  image: maybe(image, "A disk of your own; by default one is made of Debian's packages"),
});
