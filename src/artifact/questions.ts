import type { ServiceName } from "../model/names.ts";
import type { CiBuild, CiBuilds, WantedBuild } from "./source.ts";

/** One question to a server, and the services that its answer is for. */
export interface Question {
  /** What is asked about: a job's address, a repository's name. */
  readonly about: string;
  readonly wanted: WantedBuild;
  readonly services: readonly ServiceName[];
}

/** Says which builds of a service an answer holds. */
export type BuildsOf = (service: ServiceName) => Promise<readonly CiBuild[]>;

/**
 * Asks about every job or repository once, however many services it builds.
 * @param about what to ask about a service
 * @param ask undefined when the server has no such job, build or repository
 * @returns undefined when it has none of them: then the address is wrong, while one service may have none yet
 */
export async function askOnceEach(
  wanted: ReadonlyMap<ServiceName, WantedBuild>,
  about: (service: ServiceName) => string,
  ask: (question: Question) => Promise<BuildsOf | undefined>,
): Promise<CiBuilds | undefined> {
  const answers = await Promise.all(
    questionsFor(wanted, about).map(async (question) => ({ question, buildsOf: await ask(question) })),
  );
  // One that has a number was there once: that it is gone says nothing about the address.
  const isNowhere = ({ question, buildsOf }: (typeof answers)[number]) =>
    buildsOf === undefined && question.wanted.is !== "numbered";
  if (answers.length > 0 && answers.every(isNowhere)) return undefined;
  const builds = answers.flatMap(({ question, buildsOf = nothing }) =>
    question.services.map(async (service) => [service, (await buildsOf(service)).filter(hasSomething)] as const),
  );
  return new Map(await Promise.all(builds));
}

function questionsFor(
  wanted: ReadonlyMap<ServiceName, WantedBuild>,
  aboutOf: (service: ServiceName) => string,
): readonly Question[] {
  const questions = new Map<string, Question>();
  for (const [service, build] of wanted) {
    const about = aboutOf(service);
    const key = JSON.stringify([about, build]);
    const services = questions.get(key)?.services ?? [];
    questions.set(key, { about, wanted: build, services: [...services, service] });
  }
  return [...questions.values()];
}

const nothing: BuildsOf = async () => [];

/** A build of a job or repository that services share may have been one of others. */
const hasSomething = ({ artifacts, config, setup }: CiBuild): boolean =>
  artifacts.length > 0 || config !== undefined || setup !== undefined;
