import { existsSync } from "node:fs";
import { hostPlatform } from "../../artifact/platforms.ts";
import type { Check } from "../../model/check.ts";
import { dockerHost, type Endpoint } from "../../model/endpoint.ts";
import { asFailure, Failure } from "../../model/failure.ts";
import type { Profile } from "../../model/profile.ts";
import { findProvider, reachProvider, triedInVain } from "../../provider/choose.ts";
import { findLauncher } from "../../provider/engine/launcher.ts";
import { engineLayout } from "../../provider/engine/layout.ts";
import { type Inquiry, inquire } from "../../provider/inquiry.ts";
import { vmLoss } from "../../provider/vm/loss.ts";
import { duration } from "../../state/duration.ts";
import { deliveryOn, expectLeadable, expectMountable, expectSources } from "../capabilities.ts";
import type { Machine } from "../machine.ts";
import type { Wanted } from "../wanted.ts";
import { clockCheck } from "./clock-check.ts";

/** The daemon that `devenv up` would take, where one answers that can be used, and what was found out on the way. */
export interface FoundDaemon {
  readonly endpoint: Endpoint | undefined;
  readonly checks: readonly Check[];
}

/** Looks for the daemon of a profile, as `devenv up` does, and starts none; the way to one on another host is made. */
export async function findDaemon(wanted: Wanted, machine: Machine): Promise<FoundDaemon> {
  const { profile } = wanted;
  // How it is, is told among what is found out about the machine itself.
  const isDown = profile.provider === "vm" && (await vmLoss(profile.name, machine)) !== undefined;
  if (isDown) return { endpoint: undefined, checks: [] };
  try {
    // A machine of minikube's that is stopped or new is started by `up`, and what is wrong with it is told of itself.
    const look = profile.provider === "minikube" ? findProvider : reachProvider;
    const endpoint = await look(profile, machine, machine.signal);
    if (endpoint === undefined) return { endpoint, checks: [await silent(profile, machine)] };
    const checks = await daemonChecks(wanted, endpoint, machine);
    const isUsable = !checks.some(({ name, state }) => name === "daemon" && state === "bad");
    return { endpoint: isUsable ? endpoint : undefined, checks };
  } catch (thrown) {
    if (!(thrown instanceof Failure)) throw thrown;
    return { endpoint: undefined, checks: [refused(thrown)] };
  }
}

const refused = ({ message, hint }: Failure): Check => ({
  name: "daemon",
  state: "bad",
  what: message,
  why: "containers run in a Docker daemon",
  do: hint,
});

/** Nothing answers: whether `devenv up` could change that. */
async function silent({ provider }: Profile, machine: Machine): Promise<Check> {
  const attempts = await triedInVain(machine, machine.signal);
  // Of the usual sockets, those that are there: that a person has not every engine is no news.
  const told = attempts.filter(({ what }) => !what.startsWith("/") || existsSync(what));
  const tried = told.map(({ what, outcome }) => ` (${what}: ${outcome})`).join("");
  const hint = told.find((attempt) => attempt.hint !== undefined)?.hint;
  switch (provider) {
    case "docker":
      return {
        ...refused(new Failure("environment", `no Docker daemon answers${tried}`)),
        do: hint ?? "start Docker, or write `provider: engine` (Linux) in the profile",
      };
    case "auto":
    case "engine":
      return engineCheck(provider === "auto" ? tried : "", machine);
    case "ssh":
    case "vm":
    case "minikube":
      return {
        name: "daemon",
        state: "ok",
        what: `that of ${provider} does not answer yet: \`devenv up\` brings it up`,
      };
    default:
      return provider satisfies never;
  }
}

/** Whether an engine of devenv's own could be started; it is not. */
async function engineCheck(tried: string, machine: Machine): Promise<Check> {
  try {
    findLauncher(await engineLayout(machine), machine);
    const what = `none answers${tried}, so no container was tried; \`devenv up\` starts devenv's own engine`;
    return { name: "daemon", state: "ok", what };
  } catch (thrown) {
    const failure = asFailure(thrown);
    if (failure.class === "bug") throw failure;
    return { ...refused(failure), what: `none answers${tried}, and ${failure.message}` };
  }
}

async function daemonChecks(wanted: Wanted, endpoint: Endpoint, machine: Machine): Promise<Check[]> {
  const { clock } = machine;
  const [begun, before] = [clock.monotonic(), clock.now()];
  const inquiry = await inquire(endpoint.address);
  const ms = clock.monotonic() - begun;
  const spoken = await speaks(endpoint, machine);
  if (spoken !== undefined) return [refused(spoken)];
  return [
    answers(endpoint, ms, inquiry),
    platformCheck(endpoint),
    deliveryCheck(wanted, endpoint),
    ...clockCheck(inquiry, { before, ms }, endpoint),
  ];
}

/** Whether it speaks an API that devenv knows. */
async function speaks({ address }: Endpoint, machine: Machine): Promise<Failure | undefined> {
  const daemon = await machine.connect(address);
  try {
    await daemon.ping();
    return undefined;
  } catch (thrown) {
    if (thrown instanceof Failure && thrown.class !== "bug") return thrown;
    throw thrown;
  } finally {
    daemon.close();
  }
}

function answers({ provider, address, version }: Endpoint, ms: number, inquiry: Inquiry): Check {
  const what = `Docker ${version} (${provider}) at ${dockerHost(address)} answers in ${duration(ms)}`;
  const copies = inquiry.answered && inquiry.answer.storageDriver === "vfs";
  if (!copies) return { name: "daemon", state: "ok", what };
  return {
    name: "daemon",
    state: "warn",
    what: `${what}; its storage driver is vfs`,
    why: "each container is a whole copy of its image: slow, and it fills the disk",
    do: "let the kernel load its overlay file system: `sudo modprobe overlay`; then start the daemon anew",
  };
}

function platformCheck({ platform }: Endpoint): Check {
  const here = hostPlatform();
  const its = `${platform.os}/${platform.arch}`;
  if (platform.arch === here.arch) return { name: "platform", state: "ok", what: `containers run ${its}` };
  return {
    name: "platform",
    state: "warn",
    what: `containers run ${its}, this machine is ${here.os}/${here.arch}`,
    why: "CI's builds, images and the busybox of the supervisor have to be for the daemon's platform",
    do: `let CI build for ${its}, or use a daemon of this machine`,
  };
}

/** Whether the daemon can do what the profile asks of it, by what its endpoint says; as `devenv up` decides. */
function deliveryCheck({ profile, wishes }: Wanted, endpoint: Endpoint): Check {
  try {
    expectMountable(endpoint, profile.delivery);
    expectSources(endpoint, profile.services);
    expectLeadable(endpoint, [...new Set(wishes.routes.map(({ service }) => service))]);
  } catch (thrown) {
    if (!(thrown instanceof Failure)) throw thrown;
    const { message, hint } = thrown;
    return {
      name: "delivery",
      state: "bad",
      what: message,
      why: "the daemon cannot run what the profile says",
      do: hint,
    };
  }
  const how = deliveryOn(endpoint, profile.delivery);
  const what = how === "mount" ? "binaries come into containers by a mount" : "binaries are sent through the daemon";
  return { name: "delivery", state: "ok", what };
}
