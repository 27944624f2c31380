import type { Path } from "./located.ts";

/** Why a key of the Compose specification has no place in a profile, and what to write instead. */
export interface Unsupported {
  readonly why: string;
  readonly instead: string;
}

const key = (why: string, instead: string): Unsupported => ({ why, instead });
const takeAway = "take it away";
const swarm = (what: string) => key(`only Docker Swarm has ${what}`, takeAway);
const buildKit = (instead: string) => key("it needs BuildKit, and images are built by the daemon itself", instead);
const oneMachine = (what: string) => key(`the daemon of one machine has no ${what}`, takeAway);
const hook = (instead: string) => key("devenv has other hooks", instead);

/**
 * All keys of the Compose specification that a profile cannot have. `*` stands for the name of an entry; what is in a
 * list stands under the list's own key. docs/compose.md is made of these and of the schema.
 */
export const UNSUPPORTED: Readonly<Record<string, Unsupported>> = {
  jobs: key(
    "devenv runs no jobs by a clock",
    "write a service that ends, for depends_on with service_completed_successfully",
  ),
  models: key("devenv runs no language models", "run the model's server as a service"),
  "services.*.build.additional_contexts": buildKit("copy what is needed into the context"),
  "services.*.build.cache_to": buildKit(takeAway),
  "services.*.build.entitlements": buildKit(takeAway),
  "services.*.build.isolation": key("only a daemon on Windows has it", takeAway),
  "services.*.build.no_cache_filter": buildKit("no_cache: true leaves out the whole cache"),
  "services.*.build.privileged": buildKit(takeAway),
  "services.*.build.provenance": buildKit(takeAway),
  "services.*.build.sbom": buildKit(takeAway),
  "services.*.build.secrets": buildKit("give the secret to the running service, under secrets"),
  "services.*.build.ssh": buildKit("clone beside the others and copy it in"),
  "services.*.credential_spec": key("only a daemon on Windows has it", takeAway),
  "services.*.deploy.endpoint_mode": swarm("virtual addresses"),
  "services.*.deploy.placement": swarm("nodes to choose from"),
  "services.*.deploy.resources.reservations.cpus": oneMachine("CPUs to set aside"),
  "services.*.deploy.resources.reservations.generic_resources": swarm("resources of its own making"),
  "services.*.deploy.restart_policy.delay": key("Docker's own pause, which doubles, cannot be set", takeAway),
  "services.*.deploy.restart_policy.window": key("Docker's own window, ten seconds, cannot be set", takeAway),
  "services.*.deploy.rollback_config": swarm("roll-backs by configuration"),
  "services.*.deploy.update_config": swarm("updates by configuration"),
  "services.*.develop": key("devenv watch goes by other words", "x-devenv: { repo: …, build: … }"),
  "services.*.external_links": key(
    "Docker has links on its old default network only",
    "declare the other's network with external: true",
  ),
  "services.*.models": key("devenv runs no language models", "run the model's server as a service"),
  "services.*.post_start": hook("put it into the program's start, or container/bin/pre_setup.sh"),
  "services.*.pre_start": hook("container/bin/pre_setup.sh of the repository, or a service that ends, and depends_on"),
  "services.*.pre_stop": hook("let the program do it at stop_signal"),
  "services.*.provider": key("devenv runs containers only", "x-devenv.mode: remote:… leads to what runs elsewhere"),
  "services.*.pull_refresh_after": key("devenv keeps no clock of pulls", "pull_policy: always"),
  "services.*.umask": key("Docker's API has no such setting", "set it in the program's start"),
  "services.*.use_api_socket": key(
    "it would hand your registry logins to the container",
    "mount /var/run/docker.sock under volumes",
  ),
  "services.*.volumes.image": key("only the newest daemons mount images", "copy the files in the image's build"),
  "services.*.volumes.volume.labels": key(
    "labels are of a volume at the top",
    "declare the volume at the top, with labels",
  ),
  ...unsupportedOfFiles("secrets", ["driver", "driver_opts", "labels", "template_driver"]),
  ...unsupportedOfFiles("configs", ["labels", "template_driver"]),
};

function unsupportedOfFiles(section: string, keys: readonly string[]): Record<string, Unsupported> {
  return Object.fromEntries(keys.map((each) => [`${section}.*.${each}`, swarm(`${section} as objects of their own`)]));
}

const NAMED = ["services", "networks", "volumes", "secrets", "configs"];

/** What there is to say of a key that the specification has and a profile does not; undefined for any other. */
export function unsupportedAt(path: Path): Unsupported | undefined {
  const names = path.map((part, index) => (index === 1 && NAMED.includes(String(path[0])) ? "*" : part));
  const pattern = names.filter((part) => typeof part === "string").join(".");
  return Object.hasOwn(UNSUPPORTED, pattern) ? UNSUPPORTED[pattern] : undefined;
}
