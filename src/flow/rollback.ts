import type { BuildName, Release } from "../model/artifact.ts";
import { answeredRelease, type DeliveryRecord, settlingRelease } from "../model/delivery.ts";
import { environmentFailure, type Failure, failed, userFailure } from "../model/failure.ts";
import { effectiveMode, isForwarded, modeText } from "../model/mode.ts";
import type { ServiceName } from "../model/names.ts";
import type { PinInPlace } from "../model/pin.ts";
import type { Profile, Service } from "../model/profile.ts";
import { bringNamed, NotBrought } from "./bring-named.ts";
import { askCi, type CiAnswer, type WantedBuilds } from "./ci-builds.ts";
import { type Cluster, withSwapLocks } from "./cluster.ts";
import type { Machine } from "./machine.ts";
import { readModes } from "./modes.ts";
import { pin } from "./pin.ts";
import { runningCluster } from "./running-cluster.ts";
import { namedService } from "./services.ts";
import { hasArtifact, isInStore } from "./standing.ts";
import { tellHolder } from "./up.ts";
import { upCommand } from "./up-command.ts";
import { wantedOf } from "./wanted.ts";

export interface RolledBackTo {
  readonly service: ServiceName;
  readonly from: BuildName;
  readonly to: BuildName;
  /** A build of CI is pinned, so that the next `up` or `fetch` leaves the service on it. */
  readonly pin: PinInPlace | undefined;
  /** What a person should know: that its mode will take another build with the next `up`. */
  readonly notes: readonly string[];
}

/**
 * `devenv rollback`: brings a service of a running cluster back to the release that ran before the one that does, by
 * the same swap. What it runs now is then the one before: again, it goes back, as `kubectl rollout undo` does.
 * @throws Failure (exit code 2) for a service without code; (3) where the cluster does not run; (1) when nothing ran
 * before, or it does not answer any more: then what ran goes on.
 */
export async function rollback(
  profile: Profile,
  name: string,
  note: (text: string) => void,
  machine: Machine,
): Promise<RolledBackTo> {
  const service = namedService(profile, name);
  if (!hasArtifact(service))
    throw userFailure(`${name} runs its image's own program: there is no build of it to go back to`, {
      hint: "Name the image's earlier version in the profile.",
    });
  const cluster = await runningCluster(profile, machine);
  if (cluster === undefined) throw notRunning(profile);
  const { signal } = machine;
  const lock = { wait: true, command: `devenv rollback ${name}`, signal, onWaiting: tellHolder(note) };
  try {
    return await withSwapLocks(cluster, [service.name], lock, () =>
      rollbackLocked(profile, service, { cluster, note }, machine),
    );
  } catch (thrown) {
    throw thrown instanceof NotBrought ? thrown.cause : thrown;
  } finally {
    cluster.daemon.close();
  }
}

async function rollbackLocked(
  profile: Profile,
  service: Service,
  { cluster, note }: { readonly cluster: Cluster; readonly note: (text: string) => void },
  machine: Machine,
): Promise<RolledBackTo> {
  const { name } = service;
  const { mode } = effectiveMode(service, readModes(cluster.folder));
  if (isForwarded(mode) || mode?.kind === "off")
    throw failed(`${name} is in mode ${modeText(mode)}: there is no process of it here to roll back`, {
      hint: `Bring it back with \`devenv use ${name}=ci\`.`,
    });
  const record = cluster.mount.observe([name]).get(name)?.record;
  const [last, to] = [answeredRelease(record), before(record)];
  if (last === undefined || to === undefined) throw nothingBefore(service, last);
  const given = new Map([[name, to]]);
  const ci = await offersOf(profile, service, to, machine);
  await bringNamed(wantedOf(profile, machine), cluster, { only: new Set([name]), given, ci, note }, machine);
  const { build } = to.artifact;
  const from = last.artifact.build;
  const word = { build, reason: `rolled back from ${from}` };
  const pinned = build.startsWith("ci:") ? (await pin(profile, name, word, machine)).pin : undefined;
  return { service: name, from, to: build, pin: pinned, notes: notesOf(service, build, mode?.kind) };
}

/** What settles has run after what is good, which is then what ran before it: unless only its config is another. */
function before(record: DeliveryRecord | undefined): Release | undefined {
  const settling = settlingRelease(record);
  const isOtherCode = settling !== undefined && settling.artifact.digest !== record?.good?.artifact.digest;
  return isOtherCode ? record?.good : record?.previous;
}

/** CI's word of that build, where it is no longer in the store. */
async function offersOf(profile: Profile, service: Service, to: Release, machine: Machine): Promise<CiAnswer> {
  const { build } = to.artifact;
  const isNeeded = build.startsWith("ci:") && !(await isInStore(to, machine.store));
  const wanted: WantedBuilds = new Map(
    isNeeded ? [[service.name, { is: "numbered", number: build.slice("ci:".length) }]] : [],
  );
  const answer = await askCi(profile, wanted, machine);
  const silent = answer.silent.get(service.name);
  if (silent !== undefined) throw silent;
  return answer;
}

/** The next `up` goes by the mode. */
function notesOf({ name }: Service, build: BuildName, kind: string | undefined): string[] {
  if (kind === "local" && build.startsWith("ci:"))
    return [
      `${name} is in mode local: the next \`devenv up\` builds its work tree; \`devenv use ${name}=ci\` stays on ${build}`,
    ];
  if (kind === "ci" && build.startsWith("local:"))
    return [
      `${name} is in mode ci: the next \`devenv up\` takes CI's build; \`devenv use --clear ${name}\` stays on ${build}`,
    ];
  return [];
}

const nothingBefore = ({ name }: Service, last: Release | undefined): Failure =>
  failed(
    last === undefined
      ? `${name} has run nothing yet: there is no build to go back to`
      : `${name} has run no other build than ${last.artifact.build}: there is none to go back to`,
    {
      hint: `\`devenv artifacts list ${name}\` shows what there is; \`devenv pin ${name} BUILD\` and \`devenv fetch ${name}\` take one.`,
    },
  );

const notRunning = (profile: Profile): Failure =>
  environmentFailure(`cluster ${profile.name} does not run: there is nothing to swap`, {
    hint: `\`${upCommand(profile)}\` starts it; \`devenv pin SERVICE BUILD\` has it start on another build.`,
  });
