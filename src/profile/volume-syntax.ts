import { type Parsed, wrong } from "./parsed.ts";

/** One entry under `volumes:` of a service, its source still as it was written. */
export interface VolumeEntry {
  readonly kind: "bind" | "volume";
  readonly source: string;
  readonly target: string;
  readonly readOnly: boolean;
}

const EXAMPLE = "write ./folder:/target, name:/target or name:/target:ro";

/** Takes Compose's short syntax, `source:target[:ro|rw]`; a source with a slash or a dot in front is a folder. */
export function parseVolume(text: string): Parsed<VolumeEntry> {
  const [source = "", target, mode = "rw", ...more] = text.split(":");
  if (target === undefined) {
    return wrong(`${text || "nothing"} is an anonymous volume, which devenv does not keep track of`, EXAMPLE);
  }
  if (source === "" || more.length > 0) return wrong(`${text} is not a volume`, EXAMPLE);
  if (!target.startsWith("/")) return wrong(`the target ${target || "of the volume"} is not an absolute path`, EXAMPLE);
  if (mode !== "ro" && mode !== "rw") return wrong(`the access mode ${mode} is not supported`, "ro or rw");
  return { value: { kind: /^[./~]/.test(source) ? "bind" : "volume", source, target, readOnly: mode === "ro" } };
}

/** Takes `/path[:options]`; gives path and mount options. */
export function parseTmpfs(text: string): Parsed<readonly [path: string, options: string]> {
  const colon = text.indexOf(":");
  const path = colon < 0 ? text : text.slice(0, colon);
  if (!path.startsWith("/"))
    return wrong(`${text || "nothing"} is not an absolute path`, "write /run or /run:size=64m");
  return { value: [path, colon < 0 ? "" : text.slice(colon + 1)] };
}
