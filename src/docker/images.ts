import { PassThrough, type Readable } from "node:stream";
import type { ImageInspectInfo } from "dockerode";
import { environmentFailure, Failure, failed } from "../model/failure.ts";
import type { Client } from "./client.ts";
import type { Daemon, ImageFacts, ImageProgress } from "./daemon.ts";
import { statusOf, wordsOf } from "./errors.ts";
import { jsonLines } from "./json-lines.ts";
import { layerProgress, type PullLine } from "./pull-progress.ts";

/** How long a registry may take for its first word; a network without one otherwise keeps people waiting for minutes. */
const REGISTRY_ANSWERS_WITHIN_MS = 10_000;

/** The images of the daemon, except their building. */
export function imageCalls(client: Client): Pick<Daemon, "images" | "pullImage" | "importImage"> {
  return {
    images: (names) =>
      client.call("inspect images", async (docker) => {
        const facts = await Promise.all(
          [...new Set(names)].map(async (name): Promise<readonly [string, ImageFacts] | undefined> => {
            try {
              return [name, factsOf(await docker.getImage(name).inspect())];
            } catch (thrown) {
              if (statusOf(thrown) === 404) return undefined;
              throw thrown;
            }
          }),
        );
        return new Map(facts.filter((entry) => entry !== undefined));
      }),
    pullImage: (name, progress, signal, platform) => pull(client, name, platform, progress, signal),
    importImage: (name, tar, changes) => importTar(client, name, tar, changes),
  };
}

function factsOf(info: ImageInspectInfo): ImageFacts {
  return {
    id: info.Id,
    platform: { os: info.Os, arch: info.Architecture },
    labels: info.Config?.Labels ?? {},
  };
}

/** Throws a Failure of class `environment` when no registry answers, of another when one answers and refuses. */
async function pull(
  client: Client,
  name: string,
  platform: string | undefined,
  progress: ImageProgress,
  signal?: AbortSignal,
): Promise<void> {
  const silence = new AbortController();
  const timer = setTimeout(() => silence.abort(noRegistry(name, "nothing for 10 s")), REGISTRY_ANSWERS_WITHIN_MS);
  const either = AbortSignal.any([silence.signal, ...(signal ? [signal] : [])]);
  const pulling = layerProgress(progress);
  try {
    await client.call(
      `pull ${name}`,
      async (docker) => {
        const query = { ...referenceOf(name), ...(platform !== undefined && { platform }), abortSignal: either };
        const stream = (await docker.createImage(query as object)) as Readable;
        for await (const line of jsonLines<PullLine>(stream)) {
          clearTimeout(timer);
          if (line.error) throw refused(name, line.error);
          pulling(line);
        }
      },
      either,
    );
  } catch (thrown) {
    const cause = thrown instanceof Failure ? thrown.cause : thrown;
    throw cause && isNetwork(wordsOf(cause)) && statusOf(cause) ? noRegistry(name, wordsOf(cause), cause) : thrown;
  } finally {
    clearTimeout(timer);
  }
}

const refused = (name: string, words: string): Failure =>
  isNetwork(words) ? noRegistry(name, words) : failed(`cannot pull ${name}: ${words}`);

const noRegistry = (name: string, words: string, cause?: unknown): Failure =>
  environmentFailure(`no registry answers for ${name}: ${words}`, {
    hint: "check this machine's network and proxy, and the registry in the image's name",
    cause,
  });

/**
 * The daemon passes on what Go's network code says, with the same status (500) as any other trouble: these are the
 * words of a registry that was never reached.
 */
export function isNetwork(words: string): boolean {
  return /dial tcp|dial udp|no such host|connection refused|i\/o timeout|Client\.Timeout|deadline exceeded|TLS handshake timeout|network is unreachable|no route to host|proxyconnect|server misbehaving/.test(
    words,
  );
}

/** A name as the API takes it; without a tag the daemon would pull every one there is. */
export function referenceOf(name: string): { readonly fromImage: string; readonly tag: string } {
  if (name.includes("@")) {
    const [fromImage = "", tag = ""] = name.split("@");
    return { fromImage, tag };
  }
  const colon = name.lastIndexOf(":");
  const hasTag = colon > name.lastIndexOf("/");
  return hasTag ? { fromImage: name.slice(0, colon), tag: name.slice(colon + 1) } : { fromImage: name, tag: "latest" };
}

async function importTar(client: Client, name: string, tar: Readable, changes: readonly string[]): Promise<void> {
  const { fromImage: repo, tag } = referenceOf(name);
  // The client ends the request when its input breaks; through a stream of our own the reason is not lost.
  const body = new PassThrough();
  let broken: unknown;
  tar.on("error", (reason) => {
    broken = reason;
    body.destroy(reason);
  });
  tar.pipe(body);
  try {
    await client.call(`import ${name}`, async (docker) => {
      const stream = (await docker.importImage(body, { repo, tag, changes: [...changes] } as object)) as Readable;
      for await (const line of jsonLines<PullLine>(stream)) {
        if (line.error) throw failed(`cannot import ${name}: ${line.error}`);
      }
    });
  } catch (thrown) {
    throw broken instanceof Failure ? broken : thrown;
  }
}
