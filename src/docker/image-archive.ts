import type { Readable } from "node:stream";
import type Docker from "dockerode";
import type { Client } from "./client.ts";
import type { Daemon } from "./daemon.ts";
import { statusOf } from "./errors.ts";

/** What the daemon insists on for an image that names no program of its own; it is never started. */
const NEVER_RUN = ["-"];

/** What is in the images of the daemon. */
export function imageArchiveCalls(client: Client): Pick<Daemon, "imageArchive"> {
  return {
    async imageArchive(image, path, labels, signal) {
      const what = `read ${path} of image ${shown(image)}`;
      const container = await client.call(what, (docker) => create(docker, image, labels), signal);
      const remove = () => client.call(what, () => removed(container));
      try {
        const stream = await client.call(what, () => archiveOf(container, path), signal);
        if (stream !== undefined)
          return untilRead(stream, remove, (thrown) => client.failure(what, thrown, signal), signal);
      } catch (thrown) {
        await remove();
        throw thrown;
      }
      await remove();
      return undefined;
    },
  };
}

const shown = (image: string): string => image.replace(/^sha256:([0-9a-f]{12})[0-9a-f]*$/, "$1");

const create = (docker: Docker, image: string, labels: Readonly<Record<string, string>>): Promise<Docker.Container> =>
  docker.createContainer({ Image: image, Cmd: NEVER_RUN, Labels: { ...labels }, NetworkDisabled: true });

async function archiveOf(container: Docker.Container, path: string): Promise<Readable | undefined> {
  try {
    return (await container.getArchive({ path })) as Readable;
  } catch (thrown) {
    if (statusOf(thrown) !== 404) throw thrown;
    return undefined;
  }
}

/** It may be gone already: `down` and `reset` remove all that has the cluster's label. */
async function removed(container: Docker.Container): Promise<void> {
  try {
    await container.remove({ force: true, v: true });
  } catch (thrown) {
    if (statusOf(thrown) !== 404 && statusOf(thrown) !== 409) throw thrown;
  }
}

/** The archive to its end, or to where its reader stops; then the container goes. */
async function* untilRead(
  stream: Readable,
  remove: () => Promise<void>,
  failure: (thrown: unknown) => Error,
  signal: AbortSignal | undefined,
): AsyncGenerator<Buffer> {
  const stop = () => stream.destroy(signal?.reason);
  signal?.addEventListener("abort", stop, { once: true });
  try {
    for await (const chunk of stream) yield chunk as Buffer;
  } catch (thrown) {
    throw failure(thrown);
  } finally {
    signal?.removeEventListener("abort", stop);
    stream.destroy();
    await remove();
  }
}
