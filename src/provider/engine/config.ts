import { readJson, writeJson } from "../../host/files.ts";
import { asRecord } from "../docker-config.ts";
import type { Bridge } from "./bridge.ts";
import type { Layout } from "./layout.ts";
import { planOf } from "./range.ts";

/** The machine's settings that hold for our engine too: how images are fetched. The rest of that file is another daemon's. */
const INHERITED = ["registry-mirrors", "insecure-registries", "dns", "dns-search", "dns-opts", "proxies"];
const MACHINE_CONFIG = "/etc/docker/daemon.json";

/**
 * Writes dockerd's settings. A file of our own also keeps dockerd from reading the machine's, where a `data-root` or
 * `hosts` would either clash with ours or send it into the other daemon's data.
 * @param bridge undefined for a rootless engine, which has a network namespace, and so docker0 and iptables, of its own
 */
export async function writeConfig(layout: Layout, bridge: Bridge | undefined): Promise<void> {
  await writeJson(layout.config, { ...(await inherited()), ...daemonConfig(layout, bridge) });
}

/** Our part of the settings, in dockerd's words. */
export function daemonConfig(layout: Layout, bridge: Bridge | undefined): Record<string, unknown> {
  return {
    hosts: [`unix://${layout.socket}`],
    "data-root": layout.data,
    "exec-root": layout.exec,
    pidfile: layout.pid,
    "log-level": "warn",
    "log-driver": "json-file",
    "log-opts": { "max-size": "10m", "max-file": "2" },
    ...(bridge && {
      // A dockerd that starts for the second time with pools of addresses of its own deletes `docker0`, which is the
      // machine's daemon's, and takes its containers off the network; with this setting it does not (moby,
      // daemon_unix.go, configureNetworking; tried with 20.10). The setting itself: containers outlive a dockerd that
      // dies, and `engine stop` ends them itself.
      "live-restore": true,
      bridge: bridge.name,
      iptables: false,
      ip6tables: false,
      "default-address-pools": [{ base: bridge.addresses.pool, size: 24 }],
    }),
  };
}

/** The range of the last start, so that networks made then keep working; undefined when there was none. */
export async function rememberedRange(layout: Layout): Promise<string | undefined> {
  const config = asRecord(await readJson(layout.config).catch(() => undefined));
  const pools = config?.["default-address-pools"];
  const base = Array.isArray(pools) ? asRecord(pools[0])?.base : undefined;
  return typeof base === "string" ? planOf(base).range : undefined;
}

async function inherited(): Promise<Record<string, unknown>> {
  // A file that dockerd itself could not read either is the other daemon's trouble.
  const config = asRecord(await readJson(MACHINE_CONFIG).catch(() => undefined)) ?? {};
  return Object.fromEntries(Object.entries(config).filter(([key]) => INHERITED.includes(key)));
}
