import { select } from "../../artifact/select.ts";
import type { CiBuild } from "../../artifact/source.ts";
import type { ChecksumAlgorithm } from "../../model/artifact.ts";
import type { Artifacts } from "../../model/artifact-source.ts";
import type { Check } from "../../model/check.ts";
import { asFailure, type Failure } from "../../model/failure.ts";
import type { ServiceName } from "../../model/names.ts";
import { canonicalArtifacts } from "../../profile/canonical-artifacts.ts";
import { artifactsOf } from "../ci-builds.ts";
import { SecretValues } from "../secret-source.ts";
import { hasArtifact } from "../standing.ts";
import { canDoWithoutCi, type Findings, namesInWords } from "./findings.ts";

/** The variables that CI's credentials are taken from: whether they are set. */
export async function credentialChecks({ profile, machine }: Findings): Promise<Check[]> {
  const names = [...placesOf(profile).keys()].flatMap(({ credentials }) => [credentials?.user, credentials?.token]);
  const secrets = new SecretValues(profile, machine);
  return Promise.all(
    [...new Set(names.filter((name) => name !== undefined))].map(async (name): Promise<Check> => {
      const looked = await secrets.variable(name);
      if ("value" in looked) return { name: "credentials", state: "ok", what: `${name} is set` };
      const why = "CI is asked with it, and may refuse to answer without";
      return { name: "credentials", state: "bad", what: looked.problem, why, do: looked.hint };
    }),
  );
}

/** Whether each source answers, and has what each service needs. */
export async function sourceChecks(findings: Findings): Promise<Check[]> {
  const { profile, ci } = findings;
  const standing = await canDoWithoutCi(findings);
  return [...placesOf(profile)].flatMap(([artifacts, services]) => {
    const asked = services.filter((name) => ci.builds.has(name) || ci.silent.has(name));
    if (asked.length === 0) return [];
    const lacks = lacking(asked, findings);
    const well = asked.filter((name) => !lacks.some(({ services: lacking }) => lacking.includes(name)));
    const troubles = lacks.map((lack) => troubleOf(lack, artifacts, standing));
    const built = well.filter((name) => (ci.builds.get(name) ?? []).length > 0);
    return built.length === 0 ? troubles : [answered(built, artifacts, findings), ...troubles];
  });
}

function answered(services: readonly ServiceName[], artifacts: Artifacts, { ci }: Findings): Check {
  const of = services.length === 1 ? `a build of ${services[0]}` : `builds of ${services.length} services`;
  const newest = services
    .flatMap((name) => ci.builds.get(name)?.[0]?.at ?? [])
    .sort()
    .at(-1);
  const since = newest === undefined ? "" : `, the newest of ${newest.slice(0, 16).replace("T", " ")}`;
  return { name: "ci", state: "ok", what: `${sourceText(artifacts)} has ${of}${since}` };
}

/** Services that nothing is to be had of, for the same reason. */
interface Lack {
  readonly services: ServiceName[];
  readonly failure: Failure;
}

function lacking(services: readonly ServiceName[], { ci, here, profile, pins }: Findings): Lack[] {
  const lacks = new Map<string, Lack>();
  for (const name of services) {
    const service = profile.services.find((one) => one.name === name);
    // That a pinned build is gone is told with the pins.
    if (service === undefined || (pins.has(name) && !ci.silent.has(name))) continue;
    const failure = ci.silent.get(name) ?? (hasArtifact(service) ? refusal(name, { ci, here }) : undefined);
    if (failure === undefined) continue;
    const lack = lacks.get(failure.message) ?? { services: [], failure };
    lack.services.push(name);
    lacks.set(failure.message, lack);
  }
  return [...lacks.values()];
}

function refusal(name: ServiceName, { ci, here }: Pick<Findings, "ci" | "here">): Failure | undefined {
  try {
    select(ci.builds, name, here.platform);
    return undefined;
  } catch (thrown) {
    return asFailure(thrown);
  }
}

function troubleOf({ services, failure }: Lack, artifacts: Artifacts, standing: ReadonlySet<ServiceName>): Check {
  const stopped = services.filter((name) => !standing.has(name));
  const why =
    stopped.length === 0
      ? `${namesInWords(services)} can run what is here already, and nothing newer`
      : `there is nothing that ${namesInWords(stopped)} could run`;
  const state = stopped.length === 0 ? "warn" : "bad";
  return { name: "ci", state, what: `${sourceText(artifacts)}: ${failure.message}`, why, do: failure.hint };
}

const WEAK: readonly ChecksumAlgorithm[] = ["md5", "sha1"];

/** What is checked by a sum that can be forged. */
export function weakChecksumChecks({ ci }: Findings): Check[] {
  return WEAK.flatMap((algorithm) => {
    const services = [...ci.builds].filter(([, [newest]]) => newest !== undefined && has(newest, algorithm));
    if (services.length === 0) return [];
    const names = services.map(([name]) => name);
    const word = algorithm === "md5" ? "MD5" : "SHA-1";
    return [
      {
        name: "checksums",
        state: "warn" as const,
        what: `${namesInWords(names)}: CI gives ${word} only`,
        why: `a file can be made to fit ${word}: it tells an accident, and no attacker`,
        do: "let CI write SHA-256 beside its files (`devenv publish` does)",
      },
    ];
  });
}

const has = ({ artifacts, config, setup }: CiBuild, algorithm: ChecksumAlgorithm): boolean =>
  [...artifacts.map(({ content }) => content), config, setup].some(
    (content) => content?.checksum?.algorithm === algorithm,
  );

/** What is fetched where everybody on the way can read and change it. */
export function plainHttpChecks({ profile }: Findings): Check[] {
  return [...placesOf(profile).keys()].flatMap((artifacts) => {
    const address = addressOf(artifacts);
    if (address === undefined || !address.startsWith("http:") || isHere(new URL(address).hostname)) return [];
    const secrets = artifacts.credentials === undefined ? "" : ", the credentials with it";
    return [
      {
        name: "transport",
        state: "warn" as const,
        what: `${sourceText(artifacts)} is asked without encryption`,
        why: `whoever is on the way can read and change what comes${secrets}`,
        do: "write https:// in the profile; a certificate of your own goes under ca:",
      },
    ];
  });
}

function addressOf({ source }: Artifacts): string | undefined {
  if (source.kind === "https" || source.kind === "jenkins") return source.url.replaceAll(/[{}]/g, "");
  return source.kind === "github" ? source.api : undefined;
}

const isHere = (host: string): boolean => host === "localhost" || host === "[::1]" || /^127\./.test(host);

/** The places that builds come from, each with the services that have them from there. */
function placesOf(profile: Findings["profile"]): Map<Artifacts, ServiceName[]> {
  const places = new Map<string, { artifacts: Artifacts; services: ServiceName[] }>();
  for (const service of profile.services) {
    const artifacts = artifactsOf(profile, service);
    if (artifacts === undefined) continue;
    const { where: _, ...rest } = artifacts;
    const key = JSON.stringify(rest);
    const place = places.get(key) ?? { artifacts, services: [] };
    place.services.push(service.name);
    places.set(key, place);
  }
  return new Map([...places.values()].map(({ artifacts, services }) => [artifacts, services]));
}

/** As the profile writes it: `file:/srv/ci`, `jenkins:https://…`. */
const sourceText = (artifacts: Artifacts): string => String(canonicalArtifacts(artifacts).source);
