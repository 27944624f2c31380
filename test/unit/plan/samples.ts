import { createHash } from "node:crypto";
import type { Artifact, BuildName, Release } from "../../../src/model/artifact.ts";
import type { GoBuilder } from "../../../src/model/builder.ts";
import type { Endpoint } from "../../../src/model/endpoint.ts";
import { type ArtifactDigest, artifactDigest, clusterName, serviceName } from "../../../src/model/names.ts";
import { type Network, plainNetwork } from "../../../src/model/network.ts";
import type {
  Dependency,
  DependencyCondition,
  ImageBuild,
  PortBinding,
  Profile,
  Service,
} from "../../../src/model/profile.ts";
import { plainResource } from "../../../src/model/resource.ts";
import type { Volume } from "../../../src/model/volume.ts";
import type { Facts } from "../../../src/plan/facts.ts";

export const sha = (text: string): string => createHash("sha256").update(text).digest("hex");
export const digestOf = (text: string): ArtifactDigest => artifactDigest(sha(text));

/** A service that runs its image's own program, with all else left at its default. */
export function service(name: string, changes: Partial<Service> = {}): Service {
  return {
    name: serviceName(name),
    image: "postgres:15",
    imageBuild: undefined,
    entrypoint: undefined,
    command: undefined,
    environment: {},
    ports: [],
    expose: [],
    volumes: [],
    provided: [],
    attachments: {
      kind: "networks",
      networks: [{ network: "default", aliases: [], ipv4: undefined, ipv6: undefined }],
    },
    containerName: undefined,
    replicas: 1,
    pullPolicy: "missing",
    settings: {},
    tmpfs: {},
    dependsOn: [],
    healthcheck: undefined,
    workingDir: undefined,
    user: undefined,
    hostname: undefined,
    labels: {},
    restart: { kind: "no" },
    init: false,
    stopSignal: undefined,
    stopGraceMs: 10_000,
    repo: undefined,
    build: undefined,
    artifact: "file",
    ready: undefined,
    swapRestart: { kind: "container" },
    settleMs: 10_000,
    mode: undefined,
    ...changes,
  };
}

/** A plain `build: { go: … }`. */
export const goBuilder = (...packages: string[]): GoBuilder => ({
  kind: "go",
  packages,
  tags: [],
  cgo: false,
  env: {},
});

/** A Go service on the empty image that is hot-swapped and probed. */
export const goService = (name: string, changes: Partial<Service> = {}): Service =>
  service(name, {
    image: "scratch",
    command: [`/devenv/bin/${name}`],
    repo: `/team/repos/${name}`,
    build: goBuilder(`./cmd/${name}`),
    ready: { kind: "http", path: "/healthz", port: 8080, withinMs: 10_000 },
    swapRestart: { kind: "process" },
    ...changes,
  });

export const dependsOn = (
  name: string,
  condition: DependencyCondition = "service_started",
  required = true,
): Dependency => ({ service: serviceName(name), condition, required });

export const port = (hostPort: number, containerPort = 8080): PortBinding => ({
  hostAddress: "127.0.0.1",
  hostPort,
  containerPort,
  protocol: "tcp",
});

export const imageBuild = (context: string): ImageBuild => ({
  context,
  dockerfile: "Dockerfile",
  target: undefined,
  args: {},
  network: undefined,
});

/** A volume of the cluster `books`, as `volumes: { key: }` declares it. */
export const volume = (key: string): Volume => plainResource(key, `books_${key}`);

/** A network of the cluster `books`. */
export const network = (key: string, changes: Partial<Network> = {}): Network => ({
  ...plainNetwork(key, `books_${key}`),
  ...changes,
});

export function profile(services: readonly Service[], changes: Partial<Profile> = {}): Profile {
  return {
    name: clusterName("books"),
    file: "/team/profiles/books.yaml",
    files: ["/team/profiles/books.yaml"],
    workspace: "/team",
    provider: "auto",
    environment: "local",
    artifacts: undefined,
    repos: [],
    watch: { quietMs: 50, maxWaitMs: 1000, pauseAt: 1000 },
    services,
    disabled: [],
    networks: [],
    volumes: [],
    secretSource: undefined,
    secrets: [],
    secretVariables: [],
    warnings: [],
    ...changes,
  };
}

/** The release that CI's build of that number gave, or the one of a local build: content follows from the name. */
export function release(service: string, build: BuildName, config?: string): Release {
  const artifact: Artifact = { digest: digestOf(`${service} ${build}`), kind: "file", build };
  return { artifact, config: config === undefined ? undefined : digestOf(`config ${config}`) };
}

export const endpoint: Endpoint = {
  provider: "docker",
  address: { kind: "unix", path: "/var/run/docker.sock" },
  platform: { os: "linux", arch: "amd64" },
  mountsHostFolders: true,
  reachesContainers: true,
  sharesSockets: true,
  publishedOn: "127.0.0.1",
  version: "20.10",
};

export function facts(
  releases: Record<string, Release> = {},
  contexts: Record<string, string> = {},
  provided: Record<string, Record<string, string>> = {},
): Facts {
  return {
    endpoint,
    mountFolder: "/state/clusters/books/mount",
    emptyImage: "devenv/scratch:1",
    releases: new Map(Object.entries(releases).map(([name, of]) => [serviceName(name), of])),
    contexts: new Map(Object.entries(contexts)),
    provided: new Map(Object.entries(provided).map(([name, of]) => [serviceName(name), new Map(Object.entries(of))])),
    hash: sha,
  };
}
