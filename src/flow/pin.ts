import { gitEnvironment, LOOKING } from "../host/git/surroundings.ts";
import type { BuildName } from "../model/artifact.ts";
import { type Failure, userFailure } from "../model/failure.ts";
import { type ServiceName, serviceName } from "../model/names.ts";
import { isBuildNumber, type Pin, type PinInPlace, type Pins } from "../model/pin.ts";
import type { Profile, Service } from "../model/profile.ts";
import { changePins } from "../profile/change-pins.ts";
import { artifactsOf } from "./ci-builds.ts";
import { expectBuild } from "./expect-build.ts";
import type { Machine } from "./machine.ts";
import { buildsHere } from "./running-builds.ts";
import { namedService } from "./services.ts";

export interface Pinned {
  readonly service: ServiceName;
  readonly pin: PinInPlace;
  /** What it stayed on before, where that was something else. */
  readonly before: Pin | undefined;
  /** The build that runs, where its container does; `up` and `fetch` bring it to the pinned one. */
  readonly running: BuildName | undefined;
}

/** Whether another build of CI runs than the one that was just pinned: `devenv fetch` brings that. */
export const isBringDue = ({ pin: now, running }: Pinned): boolean =>
  running !== undefined && running !== `ci:${now.build}` && running.startsWith("ci:");

/**
 * `devenv pin`: has a service stay on a build of CI, by its number, or on the one that runs. The cluster is not touched.
 * @throws Failure (exit code 2) when there is no such build, with the nearest that there are; (3) when CI cannot be asked
 * and the build is not known here either.
 */
export async function pin(
  profile: Profile,
  name: string,
  { build, reason }: { readonly build: string | undefined; readonly reason: string | undefined },
  machine: Machine,
): Promise<Pinned> {
  const service = namedService(profile, name);
  if (!isFromCi(profile, service)) throw nothingToPin(profile, service);
  const here = await buildsHere(profile, machine);
  const running = here.running.get(service.name);
  const number = build === undefined ? numberOf(service, running) : wellFormed(build);
  // What ran here once is there, whether CI can be asked or not.
  const isKnown = here.known.get(service.name)?.some(({ artifact }) => artifact.build === `ci:${number}`);
  if (!isKnown) await expectBuild(profile, service, number, machine);
  let before: Pin | undefined;
  const word: Pin = {
    build: number,
    reason,
    date: localDay(machine.clock.now()),
    by: await userName(profile, machine),
  };
  const pins = await change(profile, machine, (there) => {
    before = there.get(service.name);
    // Pinning again what is pinned keeps the word of the one who did it first.
    return before?.build === number && (reason ?? before.reason) === before.reason
      ? new Map()
      : new Map([[service.name, word]]);
  });
  const now = pins.get(service.name);
  if (now === undefined) throw new Error(`the pin of ${service.name} was not written`);
  return { service: service.name, pin: now, before: before?.build === number ? undefined : before, running };
}

/** Of which there is something to be had from CI. */
const isFromCi = (profile: Profile, service: Service): boolean =>
  artifactsOf(profile, service) !== undefined && (service.build ?? service.ci ?? service.repo) !== undefined;

/** `ci:124` is what status shows, and is taken as well. */
function wellFormed(build: string): string {
  if (build.startsWith("local:")) throw localBuild(build);
  const number = build.replace(/^ci:/, "");
  if (isBuildNumber(number)) return number;
  throw userFailure(`${JSON.stringify(build)} is no build of CI`, { hint: "`devenv artifacts list` shows them." });
}

/** @throws Failure when there is nothing to pin in what runs. */
function numberOf({ name }: Service, running: BuildName | undefined): string {
  if (running?.startsWith("ci:")) return running.slice("ci:".length);
  if (running?.startsWith("local:")) throw localBuild(running, name);
  throw userFailure(`${name} runs no build that could be pinned`, {
    hint: `Name one: \`devenv artifacts list ${name}\` shows them.`,
  });
}

const localBuild = (build: string, service?: string): Failure =>
  userFailure(
    `${service === undefined ? build : `${service} runs ${build}, which`} is a local build: nobody else has it`,
    {
      hint: `Publish it with \`devenv publish\`, or name a build of CI: \`devenv artifacts list${service === undefined ? "" : ` ${service}`}\`.`,
    },
  );

const nothingToPin = (profile: Profile, { name }: Service): Failure =>
  userFailure(`${name} has no builds of CI that it could stay on`, {
    hint:
      profile.artifacts === undefined
        ? "The profile says nowhere where CI's builds come from: x-devenv.artifacts does."
        : "It runs its image's own program: name the image's version in the profile.",
  });

/** Who is at the keyboard, as git knows them; without git, nobody is named. */
async function userName({ workspace }: Profile, { processes, environment }: Machine): Promise<string | undefined> {
  const env = { ...gitEnvironment(environment), ...LOOKING };
  const { code, stdout } = await processes.run("git", ["config", "user.name"], {
    cwd: workspace,
    env,
    timeoutMs: 5000,
  });
  return (code === 0 && stdout.trim()) || undefined;
}

/** `2026-11-21`, as this machine's calendar has it. */
function localDay(ms: number): string {
  const date = new Date(ms);
  const parts = [date.getFullYear(), date.getMonth() + 1, date.getDate()];
  return parts.map((part) => String(part).padStart(2, "0")).join("-");
}

const change = (
  profile: Profile,
  { folders, signal }: Machine,
  decide: Parameters<typeof changePins>[2],
): Promise<Pins> => changePins(profile.workspace, { stateFolder: folders.state, signal }, decide);

/** A service's pin that was taken away. */
export interface Unpinned {
  readonly service: ServiceName;
  readonly before: Pin;
}

/**
 * `devenv unpin`: takes the pins of these services away, of all of the workspace when `names` is undefined. What runs
 * stays. A service that is not pinned is left out.
 * @throws Failure (exit code 2) for a name that is neither pinned nor in the profile.
 */
export async function unpin(
  profile: Profile,
  names: readonly string[] | undefined,
  machine: Machine,
): Promise<Unpinned[]> {
  let before: Pins = new Map();
  await change(profile, machine, (there) => {
    before = there;
    // The pin of a service that is gone has to go, too.
    for (const name of names ?? []) if (!there.has(serviceName(name))) namedService(profile, name);
    return new Map((names ?? [...there.keys()]).map((name) => [serviceName(name), undefined]));
  });
  const gone = names === undefined ? [...before.keys()] : names.map(serviceName);
  return gone.flatMap((service) => {
    const taken = before.get(service);
    return taken === undefined ? [] : [{ service, before: taken }];
  });
}
