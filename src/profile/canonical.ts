import type { Network } from "../model/network.ts";
import type { Profile } from "../model/profile.ts";
import type { ProvidedFile, SecretSource } from "../model/provided.ts";
import type { Resource } from "../model/resource.ts";
import { sshWritten } from "../model/ssh.ts";
import type { VmSettings } from "../model/vm.ts";
import { canonicalArtifacts } from "./canonical-artifacts.ts";
import { canonicalMinikube } from "./canonical-minikube.ts";
import { durationText, onlyTrue, optionalDuration, type Plain, present, unlessEmpty } from "./canonical-parts.ts";
import { canonicalService } from "./canonical-service.ts";

/**
 * A profile as one Compose file: every variable, file and default put in, long forms, absolute paths, `x-devenv`
 * included. Loading it gives the same profile again, and `docker compose` accepts it. Names of secrets are in it, and
 * where they come from, never their values. A `$` in a text is written `$$`, so that nobody puts a variable in again.
 * @param hide takes what must not be shown out of a text: a value of the secrets file that stands in `environment`. Here,
 * because it would not be found any more once its `$` is doubled or YAML has quoted it.
 */
export function canonicalProfile(profile: Profile, hide = (text: string): string => text): Plain {
  const services = profile.services.map((service) => [service.name, canonicalService(service)] as const);
  const provided = profile.services.flatMap((service) => service.provided);
  const data = present({
    name: profile.name,
    services: Object.fromEntries(services),
    networks: byKey(profile.networks, network),
    volumes: byKey(profile.volumes, resource),
    secrets: byName(provided.filter(({ kind }) => kind === "secret")),
    configs: byName(provided.filter(({ kind }) => kind === "config")),
    "x-devenv": extension(profile),
  });
  return mapTexts(data, (text) => hide(text).replaceAll("$", "$$$$")) as Plain;
}

/** Plain data with every text in it (not the keys) replaced by what the function makes of it. */
export function mapTexts(data: unknown, change: (text: string) => string): unknown {
  if (typeof data === "string") return change(data);
  if (Array.isArray(data)) return data.map((item) => mapTexts(item, change));
  if (typeof data !== "object" || data === null) return data;
  return Object.fromEntries(Object.entries(data).map(([key, value]) => [key, mapTexts(value, change)]));
}

const byKey = <Item extends { readonly key: string }>(items: readonly Item[], write: (item: Item) => Plain) =>
  unlessEmpty(Object.fromEntries(items.map((item) => [item.key, write(item)])));

const resource = (each: Resource): Plain =>
  present({
    name: each.name,
    external: onlyTrue(each.external),
    driver: each.driver,
    driver_opts: unlessEmpty(each.driverOptions),
    labels: unlessEmpty(each.labels),
  });

const network = (each: Network): Plain =>
  present({
    ...resource(each),
    internal: onlyTrue(each.internal),
    attachable: onlyTrue(each.attachable),
    enable_ipv6: onlyTrue(each.enableIpv6),
    enable_ipv4: each.enableIpv4,
    ipam: each.ipam && ipam(each.ipam),
  });

const ipam = ({ driver, options, pools }: NonNullable<Network["ipam"]>): Plain =>
  present({
    driver,
    options: unlessEmpty(options),
    config:
      pools.length === 0
        ? undefined
        : pools.map(({ subnet, ipRange, gateway, auxAddresses }) =>
            present({ subnet, ip_range: ipRange, gateway, aux_addresses: unlessEmpty(auxAddresses) }),
          ),
  });

/** The secrets or configs that a service names, with where they come from. */
const byName = (files: readonly ProvidedFile[]) =>
  unlessEmpty(Object.fromEntries(files.map(({ name, source }) => [name, providedSource(source)])));

function providedSource(source: ProvidedFile["source"]): Plain {
  switch (source.kind) {
    case "file":
      return { file: source.file };
    case "variable":
      return { environment: source.variable };
    case "key":
      return { name: source.key, external: true };
    case "content":
      return { content: source.content };
  }
}

/** `x-devenv` at the top. */
const extension = ({
  provider,
  ssh,
  vm,
  minikube,
  delivery,
  environment,
  artifacts,
  repos,
  reposEveryMs,
  secretSource,
  watch,
}: Profile): Plain =>
  present({
    provider,
    ssh: ssh && sshWritten(ssh),
    vm: vm && machine(vm),
    minikube: minikube && canonicalMinikube(minikube),
    delivery,
    environment,
    artifacts: artifacts && canonicalArtifacts(artifacts),
    repos: repos.length === 0 ? undefined : repos.map(({ path, url }) => present({ path, url })),
    repos_every: optionalDuration(reposEveryMs),
    secrets: secretSource && secrets(secretSource),
    watch: { quiet: durationText(watch.quietMs), max_wait: durationText(watch.maxWaitMs), pause_at: watch.pauseAt },
  });

const machine = ({ cpus, memoryMiB, diskGiB, image }: VmSettings): Plain =>
  present({
    cpus,
    memory: `${memoryMiB}MiB`,
    disk: `${diskGiB}GiB`,
    image: image.from === "url" ? { url: image.url, sha256: image.sha256 } : undefined,
  });

const secrets = (source: SecretSource): unknown => (source.kind === "file" ? source.file : { command: source.command });
