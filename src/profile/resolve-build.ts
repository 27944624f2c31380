import { dirname } from "node:path";
import type { ImageBuild } from "../model/profile.ts";
import type { ServiceData } from "./compose-schema.ts";
import { inFolder } from "./place.ts";
import { withValues } from "./resolve-environment.ts";
import type { Surroundings } from "./resolve-surroundings.ts";

type Around = Pick<Surroundings, "file" | "home" | "lookup" | "isSecret">;

/** How a service's image is built; what the profile does not say is absent. */
export function imageBuild({ build, platform }: ServiceData, around: Around): ImageBuild | undefined {
  if (build === undefined) return undefined;
  const { file, home, lookup, isSecret } = around;
  const further = {
    dockerfileInline: build.dockerfile_inline,
    labels: build.labels,
    extraHosts: build.extra_hosts,
    shmSizeBytes: build.shm_size,
    platform: build.platforms?.[0] ?? platform,
    tags: build.tags,
    noCache: build.no_cache,
    pull: build.pull,
    cacheFrom: build.cache_from,
    ulimits: build.ulimits,
  };
  return {
    context: inFolder(dirname(file), build.context ?? ".", home),
    dockerfile: build.dockerfile ?? "Dockerfile",
    target: build.target,
    // A secret would stay in the image's history; without a value the Dockerfile's own holds.
    args: withValues(build.args ?? {}, (name) => (isSecret(name) ? undefined : lookup(name))),
    network: build.network,
    ...Object.fromEntries(Object.entries(further).filter(([, value]) => value !== undefined)),
  };
}
