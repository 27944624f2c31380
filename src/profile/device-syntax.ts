import type { Device, DeviceRequest } from "../model/container-settings.ts";
import { type Parsed, wrong } from "./parsed.ts";

const EXAMPLE = "write /dev/sda, /dev/sda:/dev/xvda or /dev/sda:/dev/xvda:r";

/** A device of the machine, or one that the Container Device Interface names (`vendor.com/class=name`). */
export type DeviceEntry = { readonly device: Device } | { readonly request: DeviceRequest };

/** Takes Compose's short syntax, `source[:target[:permissions]]`, or a CDI name. */
export function parseDevice(text: string): Parsed<DeviceEntry> {
  if (/^[^/\s:]+\/[^=\s]+=\S+$/.test(text)) return { value: { request: cdiRequest(text) } };
  const [source = "", target, permissions, ...more] = text.split(":");
  if (source === "" || more.length > 0) return wrong(`${text || "nothing"} is not a device`, EXAMPLE);
  // docker/cli: what stands in the second place may be the permissions.
  if (permissions === undefined && target !== undefined && PERMISSIONS.test(target)) {
    return deviceOf(source, source, target);
  }
  return deviceOf(source, target ?? source, permissions ?? "rwm");
}

const PERMISSIONS = /^[rwm]{1,3}$/;

/** Takes the parts of a device; gives it. */
export function deviceOf(source: string, target: string, permissions: string): Parsed<DeviceEntry> {
  if (!PERMISSIONS.test(permissions)) return wrong(`${permissions || "nothing"} are no permissions of a device`, "rwm");
  if (!target.startsWith("/")) return wrong(`the target ${target || "of the device"} is not an absolute path`, EXAMPLE);
  return { value: { device: { source, target, permissions } } };
}

const cdiRequest = (name: string): DeviceRequest => ({
  driver: "cdi",
  count: undefined,
  deviceIds: [name],
  capabilities: [],
  options: {},
});
