import { openSource } from "../artifact/open-source.ts";
import type { CiBuilds, WantedBuild } from "../artifact/source.ts";
import type { Artifacts } from "../model/artifact-source.ts";
import { failed } from "../model/failure.ts";
import type { ServiceName } from "../model/names.ts";
import type { Profile, Service } from "../model/profile.ts";
import type { Machine } from "./machine.ts";
import { SecretValues } from "./secret-source.ts";

/** Where a service's CI builds come from: its own place, else the profile's. */
export const artifactsOf = (profile: Profile, service: Service): Artifacts | undefined =>
  service.ci ?? profile.artifacts;

/**
 * Asks CI for builds of services of a profile: each source once, all at the same time. A service without a source is
 * left out.
 * @throws Failure when a source cannot be asked.
 */
export async function askCi(
  profile: Profile,
  wanted: ReadonlyMap<ServiceName, WantedBuild>,
  machine: Machine,
): Promise<CiBuilds> {
  const asked = new Map<string, { artifacts: Artifacts; wanted: Map<ServiceName, WantedBuild> }>();
  for (const service of profile.services) {
    const [artifacts, build] = [artifactsOf(profile, service), wanted.get(service.name)];
    if (artifacts === undefined || build === undefined) continue;
    const key = JSON.stringify(artifacts);
    const group = asked.get(key) ?? { artifacts, wanted: new Map() };
    asked.set(key, { ...group, wanted: group.wanted.set(service.name, build) });
  }
  const secrets = new SecretValues(profile, machine);
  const access = {
    cacheFolder: machine.folders.cache,
    environment: machine.environment,
    credential: (name: string) => credential(name, secrets, machine),
    kindOf: (name: ServiceName) => profile.services.find((service) => service.name === name)?.artifact ?? "file",
  };
  const answers = await Promise.all(
    [...asked.values()].map(async (group) => {
      const builds = await (await openSource(group.artifacts, access)).builds(group.wanted, machine.signal);
      return [...builds].filter(([service]) => group.wanted.has(service) || asked.size === 1);
    }),
  );
  return new Map(answers.flat());
}

async function credential(name: string, secrets: SecretValues, machine: Machine): Promise<string> {
  const looked = await secrets.variable(name);
  if ("problem" in looked) {
    throw failed(`CI's credentials: ${looked.problem}`, { hint: looked.hint, exitCode: 3 });
  }
  machine.secrets.add([looked.value]);
  return looked.value;
}
