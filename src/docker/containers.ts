import { buffer } from "node:stream/consumers";
import type Docker from "dockerode";
import type { ContainerInspectInfo } from "dockerode";
import { type ContainerDetail, type ContainerState, type Health, LABEL } from "../model/container.ts";
import { containerId, serviceName } from "../model/names.ts";
import { expectApi, needsOf } from "./api-needs.ts";
import { apiOf, type Client } from "./client.ts";
import type { Daemon } from "./daemon.ts";
import { statusOf } from "./errors.ts";
import { addressIn } from "./observe.ts";
import { refuseForeign } from "./ours.ts";
import { withProgram } from "./program.ts";
import { containerBody, graceSeconds } from "./spec.ts";

type ContainerCalls = Pick<
  Daemon,
  | "inspect"
  | "create"
  | "putArchive"
  | "getArchive"
  | "start"
  | "stop"
  | "restart"
  | "rename"
  | "remove"
  | "signal"
  | "wait"
>;

/** One container's life, from its creation to its removal. */
export function containerCalls(client: Client): ContainerCalls {
  return { ...runningCalls(client), ...endingCalls(client) };
}

function runningCalls(client: Client): Omit<ContainerCalls, keyof EndingCalls> {
  return {
    inspect: (container) =>
      client.call(`inspect container ${shown(container)}`, async (docker) =>
        detail(await docker.getContainer(container).inspect()),
      ),
    create: (name, spec) =>
      client.call(`create container ${name}`, async (docker) => {
        // The body apart from the query: the client would write all of it into the URL as well, secrets included.
        expectApi(needsOf(spec), apiOf(docker));
        const { platform } = spec.settings;
        const query = { name, ...(platform !== undefined && { platform }) };
        const made = await docker.createContainer({
          _query: query,
          _body: containerBody(await withProgram(docker, spec)),
        } as object);
        return containerId(made.id);
      }),
    putArchive: (container, folder, tar) =>
      client.call(`put files into ${folder} of container ${shown(container)}`, async (docker) => {
        await docker.getContainer(container).putArchive(tar, { path: folder });
      }),
    getArchive: (container, path) =>
      client.call(`read ${path} of container ${shown(container)}`, (docker) =>
        unlessAbsent(docker.getContainer(container).getArchive({ path }).then(buffer)),
      ),
    start: (container) =>
      client.call(`start container ${shown(container)}`, (docker) => unlessSo(docker.getContainer(container).start())),
    stop: (container, graceMs) =>
      client.call(`stop container ${shown(container)}`, (docker) =>
        unlessSo(docker.getContainer(container).stop({ t: graceSeconds(graceMs) })),
      ),
    restart: (container, graceMs) =>
      client.call(`restart container ${shown(container)}`, async (docker) => {
        await docker.getContainer(container).restart({ t: graceSeconds(graceMs) });
      }),
    rename: (container, name) =>
      client.call(`rename container ${shown(container)} to ${name}`, async (docker) => {
        await docker.getContainer(container).rename({ name });
      }),
  };
}

type EndingCalls = Pick<Daemon, "signal" | "wait" | "remove">;

function endingCalls(client: Client): EndingCalls {
  return {
    signal: (container, signal) =>
      client.call(`send ${signal} to container ${shown(container)}`, async (docker) => {
        await docker.getContainer(container).kill({ signal });
      }),
    wait: (container, signal) =>
      client.call(
        `wait for container ${shown(container)}`,
        async (docker) => {
          const ended = await docker.getContainer(container).wait(signal && { abortSignal: signal });
          return (ended as { StatusCode: number }).StatusCode;
        },
        signal,
      ),
    remove: (container) =>
      client.call(`remove container ${shown(container)}`, (docker) => remove(docker.getContainer(container))),
  };
}

/** Names as they are, ids as people know them. */
const shown = (container: string): string => (/^[0-9a-f]{64}$/.test(container) ? container.slice(0, 12) : container);

async function unlessAbsent<T>(call: Promise<T>): Promise<T | undefined> {
  try {
    return await call;
  } catch (thrown) {
    if (statusOf(thrown) !== 404) throw thrown;
    return undefined;
  }
}

/** "It is so already" (304) is success. */
async function unlessSo(call: Promise<unknown>): Promise<void> {
  try {
    await call;
  } catch (thrown) {
    if (statusOf(thrown) !== 304) throw thrown;
  }
}

async function remove(container: Docker.Container): Promise<void> {
  try {
    const info = await container.inspect();
    refuseForeign(`container ${info.Name.replace(/^\//, "")}`, info.Config.Labels);
    await container.remove({ force: true, v: true });
  } catch (thrown) {
    if (statusOf(thrown) === 404) return;
    // With `force` the only conflict is another removal under way: it is gone when that one is done.
    if (statusOf(thrown) !== 409) throw thrown;
    await gone(container);
  }
}

async function gone(container: Docker.Container): Promise<void> {
  try {
    await container.wait({ condition: "removed" });
  } catch (thrown) {
    if (statusOf(thrown) !== 404) throw thrown;
  }
}

function detail(info: ContainerInspectInfo): ContainerDetail {
  const { State: state } = info;
  const service = info.Config.Labels?.[LABEL.service];
  const failing = state.Health?.Log?.findLast((check) => check.ExitCode !== 0);
  return {
    id: containerId(info.Id),
    service: service === undefined ? undefined : serviceName(service),
    state: state.Status as ContainerState,
    health: (state.Health?.Status as Health | undefined) ?? "none",
    exitCode: state.ExitCode,
    oomKilled: state.OOMKilled,
    hasMemoryLimit: (info.HostConfig.Memory ?? 0) > 0,
    startedAt: state.StartedAt,
    finishedAt: state.FinishedAt,
    restarts: info.RestartCount,
    pid: state.Pid,
    hasInput: info.Config.OpenStdin && !info.Config.Tty,
    address: addressIn(info.NetworkSettings.Networks),
    healthOutput: failing?.Output.trim(),
  };
}
