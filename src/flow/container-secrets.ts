import type { Daemon } from "../docker/daemon.ts";
import { providedContent } from "../docker/provide.ts";
import type { ObservedContainer } from "../model/container.ts";
import type { ContainerId, ServiceName } from "../model/names.ts";
import type { Service } from "../model/profile.ts";
import type { Redactor } from "../model/secret.ts";
import { writingsOf } from "./secret-checks.ts";

export interface LearningDaemon extends Daemon {
  /** Learns the secrets of these containers now: what devenv itself is about to show may hold them, too. */
  learnSecrets(containers: readonly Pick<ObservedContainer, "id" | "service">[]): Promise<void>;
}

/**
 * The daemon, with the secrets of a container learned before a word of it is handed on: its output, or what its health
 * check said. They are read from the container itself: a command for secrets is not run to read a log, and by now the
 * source may hold another value than the one that the container was given.
 */
export function learningSecrets(daemon: Daemon, services: readonly Service[], secrets: Redactor): LearningDaemon {
  const withSecrets = new Map(services.map(({ name, provided }) => [name, targetsOf(provided)]));
  const learned = new Map<ContainerId, Promise<void>>();
  const read = async (container: ContainerId, service: ServiceName): Promise<void> => {
    const targets = withSecrets.get(service) ?? [];
    const contents = await Promise.all(targets.map((target) => providedContent(daemon, container, target)));
    secrets.add(contents.flatMap((content) => (content === undefined ? [] : writingsOf(content))));
  };
  // What a container was given stays the same as long as it lives, so each is asked once; after a failure, again.
  const learn = (container: ContainerId, service: ServiceName): Promise<void> => {
    const learning = learned.get(container) ?? read(container, service);
    learned.set(container, learning);
    learning.catch(() => learned.delete(container));
    return learning;
  };
  return {
    ...daemon,
    learnSecrets: async (containers) => {
      await Promise.all(containers.map(({ id, service }) => learn(id, service)));
    },
    async *logs(container, service, options) {
      await learn(container, service);
      yield* daemon.logs(container, service, options);
    },
    async attach(container, service, signal) {
      await learn(container, service);
      return daemon.attach(container, service, signal);
    },
    async exec(container, options) {
      // It may print what it finds in its environment.
      if (!learned.has(container)) {
        const { id, service } = await daemon.inspect(container);
        if (service !== undefined) await learn(id, service);
      }
      return daemon.exec(container, options);
    },
    async inspect(container) {
      const detail = await daemon.inspect(container);
      if (detail.healthOutput !== undefined && detail.service !== undefined) await learn(detail.id, detail.service);
      return detail;
    },
  };
}

const targetsOf = (provided: Service["provided"]): string[] =>
  provided.flatMap(({ kind, target }) => (kind === "secret" ? [target] : []));
