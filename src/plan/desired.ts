import type { Release } from "../model/artifact.ts";
import { type ContainerSpec, LABEL } from "../model/container.ts";
import type { ProviderName } from "../model/endpoint.ts";
import type { ClusterName, ServiceName } from "../model/names.ts";
import type { Network } from "../model/network.ts";
import type { Dependency, DependencyCondition, ImageBuild, Profile, PullPolicy, Service } from "../model/profile.ts";
import type { Volume } from "../model/volume.ts";
import { containerSpec, type SpecContext } from "./container-spec.ts";
import { dependenciesOf, sharedWith } from "./dependencies.ts";
import { type DesiredNetwork, desiredNetworks } from "./desired-networks.ts";
import type { Facts } from "./facts.ts";
import { containerNameOf } from "./names.ts";

/** Which image a service runs, and how it comes to be on the daemon. */
export type DesiredImage =
  | { readonly kind: "empty"; readonly name: string }
  | {
      readonly kind: "pull";
      readonly name: string;
      readonly policy: PullPolicy;
      /** `linux/arm64`; the daemon's own when undefined. */
      readonly platform: string | undefined;
    }
  | { readonly kind: "build"; readonly name: string; readonly build: ImageBuild; readonly context: string };

export interface DesiredContainer {
  readonly name: string;
  /** From 1 on. */
  readonly number: number;
  /** Complete, with the labels and the config hash in them. */
  readonly spec: ContainerSpec;
}

export interface DesiredService {
  readonly service: Service;
  /** In order; none for a service that is scaled to 0. */
  readonly containers: readonly DesiredContainer[];
  readonly image: DesiredImage;
  /** What it shall run; undefined where the image brings its own program, or its code shall be left alone. */
  readonly release: Release | undefined;
  /** `depends_on`, and what follows from sharing another's network, processes, memory or volumes. */
  readonly dependencies: readonly Dependency[];
  /** Whose first container it shares the network, the processes or the memory of. */
  readonly shares: readonly ServiceName[];
  /** Another service waits for it to complete: it runs once, to its end. */
  readonly oneShot: boolean;
  /** When it counts as up: completed, healthy where its health can be told, else running. */
  readonly readyWhen: DependencyCondition;
}

export interface Desired {
  readonly cluster: ClusterName;
  readonly networks: readonly DesiredNetwork[];
  /** Without external ones. */
  readonly volumes: readonly Volume[];
  /** Made by somebody else; they must be there. */
  readonly external: { readonly networks: readonly Network[]; readonly volumes: readonly Volume[] };
  /** What the containers have as /devenv, where that is a volume. */
  readonly mountVolume: string | undefined;
  /** On the networks, the volumes and every container. */
  readonly labels: Readonly<Record<string, string>>;
  readonly services: readonly DesiredService[];
  /** Services that are left out for now: what there is of them is left as it is. */
  readonly disabled: ReadonlySet<ServiceName>;
}

/** What the profile wants to be there: every container complete with its labels and its config hash. */
export function desire(profile: Profile, facts: Facts): Desired {
  const labels = clusterLabels(profile, facts.endpoint.provider);
  const image = (service: Service) => desiredImage(profile, service, facts);
  const context: SpecContext = { profile, facts, clusterLabels: labels, image: (service) => image(service).name };
  return {
    cluster: profile.name,
    networks: desiredNetworks(profile, labels, facts.hash),
    volumes: profile.volumes.filter(({ external }) => !external),
    external: {
      networks: profile.networks.filter(({ external }) => external),
      volumes: profile.volumes.filter(({ external }) => external),
    },
    labels,
    mountVolume: facts.mountVolume,
    disabled: new Set(profile.disabled),
    services: profile.services.map((service) => ({
      service,
      containers: desiredContainers(service, context),
      image: image(service),
      release: facts.releases.get(service.name),
      dependencies: dependenciesOf(profile, service),
      shares: sharedWith(service),
      oneShot: readyWhen(service, profile) === "service_completed_successfully",
      readyWhen: readyWhen(service, profile),
    })),
  };
}

/** On everything of a cluster. */
export const clusterLabels = ({ name, workspace, environment }: Profile, provider: ProviderName) => ({
  [LABEL.cluster]: name,
  [LABEL.workspace]: workspace,
  [LABEL.provider]: provider,
  [LABEL.environment]: environment,
});

const desiredContainers = (service: Service, context: SpecContext): DesiredContainer[] =>
  Array.from({ length: service.replicas }, (_, index) => {
    const number = index + 1;
    const name = containerNameOf(context.profile.name, service, number);
    return { name, number, spec: containerSpec(service, number, context) };
  });

function readyWhen(service: Service, profile: Profile): DependencyCondition {
  const awaited = profile.services.flatMap(({ dependsOn }) =>
    dependsOn.filter((dependency) => dependency.service === service.name).map(({ condition }) => condition),
  );
  if (awaited.includes("service_completed_successfully")) return "service_completed_successfully";
  const { ready, healthcheck } = service;
  const tellsHealth = ready !== undefined || (healthcheck !== undefined && healthcheck.test[0] !== "NONE");
  // A dependent may also count on a health check that only the image knows of.
  return tellsHealth || awaited.includes("service_healthy") ? "service_healthy" : "service_started";
}

/** Of services that share an image, one may say how it is built: then none of them pulls it. */
function desiredImage(profile: Profile, { image: name, pullPolicy, settings }: Service, facts: Facts): DesiredImage {
  if (name === "scratch") return { kind: "empty", name: facts.emptyImage };
  const build = profile.services.find(({ image, imageBuild }) => image === name && imageBuild)?.imageBuild;
  if (build === undefined) return { kind: "pull", name, policy: pullPolicy, platform: settings.platform };
  const context = facts.contexts.get(name);
  if (context === undefined) throw new Error(`no digest was taken of the build context of ${name}`);
  return { kind: "build", name, build, context };
}
