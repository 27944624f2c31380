import type { Service } from "../model/profile.ts";

/** `books-books-1`, as Compose names them, so that people find them where they look; or `container_name`. */
export const containerNameOf = (
  cluster: string,
  service: Pick<Service, "name" | "containerName">,
  number = 1,
): string => service.containerName ?? `${cluster}-${service.name}-${number}`;

/** The names of all of a service's containers, in order. */
export const containerNamesOf = (
  cluster: string,
  service: Pick<Service, "name" | "containerName" | "replicas">,
): string[] => Array.from({ length: service.replicas }, (_, index) => containerNameOf(cluster, service, index + 1));

export const networkNameOf = (cluster: string, key: string): string => `${cluster}_${key}`;
