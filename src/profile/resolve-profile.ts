import { basename, dirname, extname } from "node:path";
import { clusterName, serviceName } from "../model/names.ts";
import { didYouMean } from "../model/nearest.ts";
import type { Profile, Repository, WatchTiming } from "../model/profile.ts";
import type { SecretSource } from "../model/provided.ts";
import { DEFAULT_VM, type VmSettings } from "../model/vm.ts";
import { selectServices } from "./active.ts";
import type { Checked } from "./checked.ts";
import { CLUSTER_NAME, type ExtensionData } from "./compose-schema.ts";
import { inFolder } from "./place.ts";
import type { ReadOptions } from "./read-options.ts";
import { checkPaths, profileArtifacts } from "./resolve-artifacts.ts";
import { resolveMinikube } from "./resolve-minikube.ts";
import { networksFor, volumesFor } from "./resolve-networks.ts";
import { resolveService } from "./resolve-service.ts";
import type { Surroundings } from "./resolve-surroundings.ts";
import type { Variables } from "./variables.ts";

/** How long no file may change before a build starts, and when it starts even though files still change. */
const WATCH: WatchTiming = { quietMs: 25, maxWaitMs: 1000, pauseAt: 1000 };
const ENVIRONMENT = "local";

/** Makes every path absolute and puts every default in. Notes what only the file system can tell. */
export async function resolveProfile(
  checked: Checked,
  variables: Variables,
  options: ReadOptions & { readonly file: string },
): Promise<Profile> {
  const { data } = checked;
  const { file, workspace, home } = options;
  const extension = data["x-devenv"] ?? {};
  const name = clusterName(data.name ?? nameFromFile(file, checked));
  const environment = extension.environment ?? ENVIRONMENT;
  const repos = (extension.repos ?? []).map(
    ({ path, url }): Repository => ({ path: inFolder(workspace, path, home), url: url && address(url, options) }),
  );
  const selection = selectServices(data, variables.lookup);
  const around: Surroundings = {
    ...{ ...options, ...checked, ...variables },
    ...{ cluster: name, clusterEnvironment: environment, selection },
  };
  await checkRepositories(checked, repos, options);
  const artifacts = profileArtifacts(extension, { ...options, ...checked });
  const services = await Promise.all(selection.active.map((entry) => resolveService(...entry, around)));
  checkPaths(services, artifacts, checked);
  return {
    name,
    file,
    files: [file],
    workspace,
    provider: extension.provider ?? "auto",
    ...(extension.ssh !== undefined && { ssh: extension.ssh }),
    ...(extension.vm !== undefined && { vm: machine(extension.vm) }),
    ...(extension.minikube !== undefined && { minikube: resolveMinikube(extension.minikube, options) }),
    delivery: extension.delivery === "auto" ? undefined : extension.delivery,
    environment,
    artifacts,
    repos,
    ...(extension.repos_every && { reposEveryMs: extension.repos_every }),
    watch: watchTiming(extension, checked),
    services,
    disabled: selection.disabled.map(serviceName),
    networks: networksFor(name, data, selection),
    volumes: volumesFor(name, data, selection),
    secretSource: secretSource(extension, checked, options),
    secrets: variables.secrets,
    warnings: [],
  };
}

const machine = ({ cpus, memory, disk, image }: NonNullable<ExtensionData["vm"]>): VmSettings => ({
  cpus: cpus ?? DEFAULT_VM.cpus,
  memoryMiB: memory ?? DEFAULT_VM.memoryMiB,
  diskGiB: disk ?? DEFAULT_VM.diskGiB,
  image: image ?? DEFAULT_VM.image,
});

/** An URL stays as it is; a repository in a folder, as the demo has them, is found from the workspace. */
const address = (url: string, { workspace, home }: ReadOptions): string =>
  /^(\.{1,2}|~)\//.test(url) ? inFolder(workspace, url, home) : url;

/**
 * `shop` for `profiles/shop.yaml`. A file by one of Compose's own names (`compose.yaml`, `docker-compose.prod.yml`) says
 * nothing, so its folder's name is taken as Compose does it: in small letters, without what a name cannot have.
 */
function nameFromFile(file: string, { problems, mayHave }: Checked): string {
  const own = basename(file, extname(file));
  const folder = basename(dirname(file)).toLowerCase();
  const name = /^(docker-)?compose(\.|$)/.test(own) ? folder.replace(/[^a-z0-9_-]/g, "").replace(/^[_-]+/, "") : own;
  if (!CLUSTER_NAME.test(name) && !mayHave([], "name")) {
    const message = `${own}, the file's name, is no name for a cluster`;
    problems.at([], message, "write name: at the top of the profile");
  }
  return name;
}

function secretSource(
  { secrets }: ExtensionData,
  { problems }: Checked,
  { workspace, home }: ReadOptions,
): SecretSource | undefined {
  if (secrets === undefined) return undefined;
  const where = problems.positionOf(["x-devenv", "secrets"]);
  if (secrets.command !== undefined) return { kind: "command", command: secrets.command, where };
  return { kind: "file", file: inFolder(workspace, secrets.file ?? "", home), where };
}

function watchTiming({ watch }: ExtensionData, { problems, mayHave }: Checked): WatchTiming {
  const timing = {
    quietMs: watch?.quiet ?? WATCH.quietMs,
    maxWaitMs: watch?.max_wait ?? WATCH.maxWaitMs,
    pauseAt: watch?.pause_at ?? WATCH.pauseAt,
  };
  const path = ["x-devenv", "watch"];
  if (timing.maxWaitMs < timing.quietMs && !mayHave(path, "quiet") && !mayHave(path, "max_wait")) {
    const message = `max_wait (${timing.maxWaitMs} ms) is shorter than quiet (${timing.quietMs} ms)`;
    problems.atKey(path, message, "a build would start before the files are quiet");
  }
  return timing;
}

/** A service's repository must be one of the profile's, or a folder that is there. */
async function checkRepositories(
  { data, problems, mayHave }: Checked,
  repos: readonly Repository[],
  { workspace, home, isFolder }: ReadOptions,
): Promise<void> {
  const written = (data["x-devenv"]?.repos ?? []).map(({ path }) => path);
  for (const [name, service] of Object.entries(data.services)) {
    const repo = service["x-devenv"]?.repo;
    if (repo === undefined || mayHave(["x-devenv"], "repos")) continue;
    const path = inFolder(workspace, repo, home);
    if (repos.some((known) => `${path}/`.startsWith(`${known.path}/`))) continue;
    if (await isFolder(path)) continue;
    const message = `${repo} is neither among x-devenv.repos nor a folder of the workspace`;
    problems.at(["services", name, "x-devenv", "repo"], message, didYouMean(repo, written) ?? `looked for ${path}`);
  }
}
