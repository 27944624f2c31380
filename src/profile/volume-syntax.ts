import { posix } from "node:path";
import type { VolumeMount } from "../model/volume.ts";
import { type Parsed, wrong } from "./parsed.ts";

/** The model's mount, its source still as it was written. */
export type WrittenMount = VolumeMount;

const EXAMPLE = "write ./folder:/target, name:/target or name:/target:ro";
const DRIVE = /^[A-Za-z]:(\\|\/[^:]*:\/)/;
export const PROPAGATIONS = ["rprivate", "private", "rshared", "shared", "rslave", "slave"] as const;

/**
 * Takes Compose's short syntax, `[source:]target[:options]`, options with commas between them; a source with a slash, a
 * dot or a tilde in front is a folder, a target alone an anonymous volume.
 */
export function parseVolume(text: string): Parsed<WrittenMount> {
  if (DRIVE.test(text)) return wrong(`${text} names a drive of Windows, where devenv does not run`, EXAMPLE);
  const parts = text.split(":");
  const [source, written, options, ...more] = parts.length === 1 ? [undefined, text] : parts;
  if (source === "" || more.length > 0) return wrong(`${text} is not a volume`, EXAMPLE);
  const target = mountTarget(written ?? "");
  if ("problem" in target) return target;
  const isBind = source !== undefined && /^[./~]/.test(source);
  const read = readOptions(options ?? "", isBind);
  if ("problem" in read) return read;
  const place = { target: target.value, readOnly: false };
  // Compose makes the missing folder of a short bind, as docker run -v always did.
  if (isBind) return { value: { kind: "bind", source, ...place, createHostPath: true, ...read.value } };
  return { value: { kind: "volume", source, ...place, ...read.value } };
}

interface Options {
  readonly readOnly?: boolean;
  readonly noCopy?: boolean;
  readonly propagation?: string;
  readonly selinux?: "z" | "Z";
}

/** How Docker Desktop of old kept folders in step: no engine of today heeds it. */
const CONSISTENCIES = { consistent: {}, cached: {}, delegated: {} };
const ACCESS = { ro: { readOnly: true }, rw: { readOnly: false }, ...CONSISTENCIES };
const OF_FOLDER: Readonly<Record<string, Options>> = {
  ...ACCESS,
  z: { selinux: "z" },
  Z: { selinux: "Z" },
  ...Object.fromEntries(PROPAGATIONS.map((propagation) => [propagation, { propagation }])),
};
/** Docker relabels folders only; on a volume of its own it has always let the letters pass. */
const OF_VOLUME: Readonly<Record<string, Options>> = { ...ACCESS, z: {}, Z: {}, nocopy: { noCopy: true } };

function readOptions(written: string, isBind: boolean): Parsed<Options> {
  const known = isBind ? OF_FOLDER : OF_VOLUME;
  const words = written === "" ? [] : written.split(",");
  const unknown = words.find((word) => !Object.hasOwn(known, word));
  if (unknown !== undefined) {
    const what = `the option ${unknown || "between two commas"} is not supported for a ${isBind ? "folder" : "volume"}`;
    return wrong(what, Object.keys(known).join(", "));
  }
  return { value: Object.assign({}, ...words.map((word) => known[word])) as Options };
}

/** Takes a path in the container; gives it in its shortest form. */
export function mountTarget(path: string): Parsed<string> {
  if (!path.startsWith("/")) return wrong(`the target ${path || "of the volume"} is not an absolute path`, EXAMPLE);
  const clean = posix.normalize(path);
  return { value: clean.length > 1 ? clean.replace(/\/$/, "") : clean };
}

/** Takes `/path[:options]`; gives path and mount options. */
export function parseTmpfs(text: string): Parsed<readonly [path: string, options: string]> {
  const colon = text.indexOf(":");
  const path = colon < 0 ? text : text.slice(0, colon);
  if (!path.startsWith("/")) {
    return wrong(`${text || "nothing"} is not an absolute path`, "write /run or /run:size=64m");
  }
  return { value: [path, colon < 0 ? "" : text.slice(colon + 1)] };
}
