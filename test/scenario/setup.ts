import type { TestProject } from "vitest/node";
import { startPrivateDaemon } from "../harness/private-daemon.ts";

declare module "vitest" {
  interface ProvidedContext {
    /** Path of the unix socket of the daemon that the scenarios run on. */
    dockerSocket: string;
  }
}

/**
 * The daemon of the scenarios: the one that DEVENV_TEST_DOCKER_HOST names (`unix:///path`), else a dockerd of their own,
 * which leaves nothing behind and never touches the machine's.
 */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const given = process.env.DEVENV_TEST_DOCKER_HOST;
  if (given) {
    if (!given.startsWith("unix://")) throw new Error(`DEVENV_TEST_DOCKER_HOST must be unix:///path, not ${given}`);
    project.provide("dockerSocket", given.slice("unix://".length));
    return async () => {};
  }
  const daemon = await startPrivateDaemon();
  project.provide("dockerSocket", daemon.socket);
  return daemon.stop;
}
