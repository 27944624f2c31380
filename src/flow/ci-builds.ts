import { answerOf } from "../artifact/http/http.ts";
import { openSource } from "../artifact/open-source.ts";
import type { CiBuild, CiBuilds, Source, WantedBuild } from "../artifact/source.ts";
import type { SourceAccess } from "../artifact/source-access.ts";
import type { ArtifactSource, Artifacts } from "../model/artifact-source.ts";
import { asFailure, EXIT, type Failure, failed } from "../model/failure.ts";
import type { ServiceName } from "../model/names.ts";
import type { Profile, Service } from "../model/profile.ts";
import { dockerAccess } from "./docker-access.ts";
import type { Machine } from "./machine.ts";
import { SecretValues } from "./secret-source.ts";

/** Where a service's CI builds come from: its own place, else the profile's. */
export const artifactsOf = (profile: Pick<Profile, "artifacts">, service: Service): Artifacts | undefined =>
  service.ci ?? profile.artifacts;

export type WantedBuilds = ReadonlyMap<ServiceName, WantedBuild>;

/** What CI said. A service that is in neither was not asked about. */
export interface CiAnswer {
  /** Of the services that were asked about; and, for advice, of those that the profile does not have. */
  readonly builds: CiBuilds;
  /** The services that CI could not be asked about, and why. */
  readonly silent: ReadonlyMap<ServiceName, Failure>;
}

/**
 * Asks CI for builds of services of a profile: each source at most once a service, all at the same time. A service
 * without a source is left out. What cannot be asked is told as the answer, since much can go on without it.
 * @param note told in words what a server makes it wait for
 * @throws Failure only when it was interrupted, or by a bug.
 */
export async function askCi(
  profile: Profile,
  wanted: WantedBuilds,
  machine: Machine,
  note?: (words: string) => void,
): Promise<CiAnswer> {
  const open = opener(profile, machine, note);
  const questions = questionsOf(profile, wanted);
  const answers = await Promise.all(questions.map((question) => answerTo(question, open, machine.signal)));
  const known = new Set(profile.services.map(({ name }) => name));
  const builds = new Map<ServiceName, readonly CiBuild[]>();
  const silent = new Map<ServiceName, Failure>();
  for (const { question, builds: given, failure } of withOneVoice(answers)) {
    for (const [name, all] of given) if (!known.has(name)) builds.set(name, all);
    for (const name of question.wanted.keys()) {
      if (failure === undefined) builds.set(name, given.get(name) ?? []);
      else silent.set(name, failure);
    }
  }
  return { builds, silent };
}

/** One call of a source. */
interface Question {
  readonly artifacts: Artifacts;
  readonly wanted: Map<ServiceName, WantedBuild>;
}

interface Answer {
  readonly question: Question;
  readonly builds: ReadonlyMap<ServiceName, readonly CiBuild[]>;
  readonly failure?: Failure;
}

/**
 * A source that has a place of its own for each service is asked for each by itself, so that one that is missing or
 * broken there says nothing about the others; all others know every service at once.
 */
function questionsOf(profile: Profile, wanted: WantedBuilds): Question[] {
  const questions = new Map<string, Question>();
  for (const service of profile.services) {
    const [artifacts, build] = [artifactsOf(profile, service), wanted.get(service.name)];
    if (artifacts === undefined || build === undefined) continue;
    const isOwn = isPerService(artifacts.source);
    if (isOwn && !isOfOurs(service)) continue;
    const key = JSON.stringify([artifacts, isOwn ? service.name : null]);
    const question = questions.get(key) ?? { artifacts, wanted: new Map() };
    question.wanted.set(service.name, build);
    questions.set(key, question);
  }
  return [...questions.values()];
}

function isPerService(source: ArtifactSource): boolean {
  switch (source.kind) {
    case "jenkins":
      return source.url.includes("{service}");
    case "github":
      return source.repository.includes("{service}");
    case "oci":
      return source.image.includes("{service}");
    default:
      return false;
  }
}

/** A service whose image is all that it runs has no job of its own in CI. */
const isOfOurs = ({ build, repo, ci }: Service): boolean => (build ?? repo ?? ci) !== undefined;

type OpenOnce = (artifacts: Artifacts) => Promise<Source>;

async function answerTo(question: Question, open: OpenOnce, signal: AbortSignal): Promise<Answer> {
  try {
    return { question, builds: await (await open(question.artifacts)).builds(question.wanted, signal) };
  } catch (thrown) {
    const failure = asFailure(thrown);
    signal.throwIfAborted();
    if (failure.class === "bug" || failure.exitCode === EXIT.interrupted) throw thrown;
    return { question, builds: new Map(), failure };
  }
}

/** A server that nobody reaches is one reason, however many services were to be asked about. */
function withOneVoice(answers: readonly Answer[]): readonly Answer[] {
  const reasons = new Map<string, Failure>();
  return answers.map((answer) => {
    const { question, failure } = answer;
    if (failure === undefined || answerOf(failure) !== undefined) return answer;
    const source = JSON.stringify(question.artifacts);
    const first = reasons.get(source) ?? failure;
    reasons.set(source, first);
    return { ...answer, failure: first };
  });
}

/** Opens each source once, whoever asks it how often. */
function opener(profile: Profile, machine: Machine, onWait: SourceAccess["onWait"]): OpenOnce {
  const secrets = new SecretValues(profile, machine);
  const access: SourceAccess = {
    cacheFolder: machine.folders.cache,
    environment: machine.environment,
    credential: (name) => credential(name, secrets, machine),
    kindOf: (name) => profile.services.find((service) => service.name === name)?.artifact ?? "file",
    docker: dockerAccess(profile, machine),
    onWait,
  };
  const opened = new Map<string, Promise<Source>>();
  return (artifacts) => {
    const key = JSON.stringify(artifacts);
    const source = opened.get(key) ?? openSource(artifacts, access);
    opened.set(key, source);
    return source;
  };
}

async function credential(name: string, secrets: SecretValues, machine: Machine): Promise<string> {
  const looked = await secrets.variable(name);
  if ("problem" in looked) {
    throw failed(`CI's credentials: ${looked.problem}`, { hint: looked.hint, exitCode: EXIT.environment });
  }
  machine.secrets.add([looked.value]);
  return looked.value;
}
