import { Transform } from "node:stream";
import type { Finished, Processes, Streaming } from "../host/process.ts";
import type { Platform } from "../model/artifact.ts";
import { isFor } from "../model/artifact.ts";
import { environmentFailure, Failure, interrupted } from "../model/failure.ts";
import type { ImageBuild } from "../model/profile.ts";
import { hostSources } from "./apt-sources.ts";
import { readDockerfile } from "./build-context.ts";
import type { Daemon, ImageProgress } from "./daemon.ts";
import { type DebianImage, debianImage, mmdebstrapArguments, reachOptions } from "./debian-image.ts";
import { baseImagesOf } from "./dockerfile.ts";

/** Where images come from and go to. */
export interface ImageSetting {
  readonly daemon: Daemon;
  readonly processes: Processes;
  /** The daemon's. */
  readonly platform: Platform;
}

/**
 * Sees to it that the daemon has an image: pulls it where it is missing. Where no registry answers, an image of
 * Debian's own (`debian:bookworm-slim`) is made from Debian's packages under the same tag.
 * @param platform `linux/arm64`; the daemon's own when undefined
 * @throws Failure when the registry has no such image, or when none answers and it cannot be made here.
 */
export async function prepareImage(
  name: string,
  setting: ImageSetting,
  progress: ImageProgress,
  signal?: AbortSignal,
  platform?: string,
): Promise<void> {
  // Services of one profile start from one image: the second waits for what the first began.
  const begun = underWay.get(setting.daemon) ?? new Map<string, Promise<void>>();
  underWay.set(setting.daemon, begun);
  const waiting = begun.get(name) ?? pullOrMake(name, setting, progress, signal, platform);
  begun.set(name, waiting);
  try {
    await waiting;
  } finally {
    begun.delete(name);
  }
}

const underWay = new WeakMap<Daemon, Map<string, Promise<void>>>();

/** The same for the images that a Dockerfile starts from, as far as the builder could not pull them by itself. */
export async function prepareBaseImages(
  build: ImageBuild,
  setting: ImageSetting,
  progress: ImageProgress,
  signal?: AbortSignal,
): Promise<void> {
  const names = baseImagesOf(await readDockerfile(build), build.args);
  for (const name of names.filter(debianImage)) await prepareImage(name, setting, progress, signal);
}

async function pullOrMake(
  name: string,
  setting: ImageSetting,
  progress: ImageProgress,
  signal: AbortSignal | undefined,
  platform: string | undefined,
): Promise<void> {
  const there = (await setting.daemon.images([name])).get(name);
  if (there !== undefined && isFor(there.platform, platform)) return;
  try {
    await setting.daemon.pullImage(name, progress, signal, platform);
  } catch (thrown) {
    const image = debianImage(name);
    // `environment`: no registry answered. One that answers and has no such image is believed.
    const unanswered = thrown instanceof Failure && thrown.class === "environment" && !signal?.aborted;
    if (image === undefined || platform !== undefined || !unanswered) throw thrown;
    await make(name, image, setting, progress, signal);
  }
}

async function make(
  name: string,
  image: DebianImage,
  { daemon, processes, platform }: ImageSetting,
  progress: ImageProgress,
  signal: AbortSignal | undefined,
): Promise<void> {
  const started = performance.now();
  progress({ note: `no registry answers: making ${name} from Debian's packages` });
  const sources = await hostSources(image.suite);
  // Taken over together with the sources: a proxy or an old snapshot of the archive needs both.
  const dump = sources.length === 0 ? undefined : await processes.run("apt-config", ["dump"]);
  const aptOptions = dump?.code === 0 ? reachOptions(dump.stdout) : [];
  const program = await processes.stream(
    "mmdebstrap",
    mmdebstrapArguments({ image, arch: platform.arch, sources, aptOptions }),
    {
      ...(signal && { signal }),
      onLine: (line) => progress({ note: line.replace(/^I: /, "") }),
    },
  );
  await daemon.importImage(name, wholeOrBroken(name, program), ['CMD ["bash"]']);
  progress({ note: `made ${name} in ${Math.round((performance.now() - started) / 1000)} s` });
}

/**
 * The program's output, which breaks instead of ending when the program failed: the daemon would take an archive that
 * stops half-way, or an empty one, for the whole image.
 */
function wholeOrBroken(name: string, { stdout, ended }: Streaming): Transform {
  const whole = new Transform({
    transform: (chunk, _encoding, done) => done(null, chunk),
    flush: (done) => {
      ended.then((finished) => done(finished.code === 0 ? null : notMade(name, finished)), done);
    },
  });
  // An importer that gave up leaves the program nobody to write to: it ends by that itself.
  whole.on("close", () => stdout.destroy());
  return stdout.pipe(whole);
}

function notMade(name: string, finished: Finished): Failure {
  if (finished.cancelled) return interrupted();
  if (finished.missing) {
    return environmentFailure(
      `no registry answers for ${name}, and mmdebstrap, which would make it, is not installed`,
      {
        hint: "`sudo apt-get install mmdebstrap debian-archive-keyring`, or give this machine a way to the registry",
      },
    );
  }
  const lines = finished.stderr.trimEnd().split("\n");
  const reason =
    lines.findLast((line) => line.startsWith("E: ")) ?? `it ended with ${finished.code ?? finished.signal}`;
  return environmentFailure(`mmdebstrap cannot make ${name}: ${reason.replace(/^E: /, "")}`, {
    output: lines.slice(-20).join("\n"),
    hint: "no registry answers either; it needs root or user namespaces, and a way to a Debian mirror",
  });
}
