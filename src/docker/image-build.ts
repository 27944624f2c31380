import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { PassThrough, type Readable } from "node:stream";
import { environmentFailure, type Failure, failed } from "../model/failure.ts";
import type { ImageBuild } from "../model/profile.ts";
import { contextEntries, dockerfileOf, IGNORE_FILE, readDockerfile } from "./build-context.ts";
import type { Client } from "./client.ts";
import type { Daemon, ImageProgress } from "./daemon.ts";
import { isNetwork } from "./images.ts";
import { jsonLines } from "./json-lines.ts";

/** How much of the builder's output a failure carries. */
const LAST_LINES = 30;

interface BuildLine {
  readonly stream?: string;
  readonly status?: string;
  readonly error?: string;
}

/** Images made from Dockerfiles, by the daemon's own builder. */
export function buildCalls(client: Client): Pick<Daemon, "buildImage"> {
  return {
    async buildImage(name, build, labels, progress, signal) {
      const { tar, dockerfile } = await contextTar(build);
      const query = {
        t: [name, ...(build.tags ?? [])],
        dockerfile,
        version: "1" as const,
        rm: true,
        forcerm: true,
        labels: { ...build.labels, ...labels },
        buildargs: { ...build.args },
        ...(build.target !== undefined && { target: build.target }),
        ...(build.network !== undefined && { networkmode: build.network }),
        ...(build.extraHosts !== undefined && { extrahosts: [...build.extraHosts] }),
        ...(build.shmSizeBytes !== undefined && { shmsize: build.shmSizeBytes }),
        ...(build.platform !== undefined && { platform: build.platform }),
        ...(build.noCache && { nocache: true }),
        ...(build.pull && { pull: "1" }),
        ...(signal && { abortSignal: signal }),
      };
      await client.call(
        `build ${name}`,
        async (docker) => follow(name, (await docker.buildImage(tar, query as object)) as Readable, progress),
        signal,
      );
    },
  };
}

async function follow(name: string, stream: Readable, progress: ImageProgress): Promise<void> {
  const last: string[] = [];
  for await (const line of jsonLines<BuildLine>(stream)) {
    const words = (line.stream ?? line.status ?? "").split("\n").map((text) => text.trimEnd());
    last.push(...words.filter((text) => text !== ""));
    last.splice(0, last.length - LAST_LINES);
    if (line.error) throw notBuilt(name, line.error, last);
    for (const text of words) if (text !== "") progress(stepOf(text));
  }
}

/** `Step 3/7 : RUN make` with its numbers; any other line as it is. */
export function stepOf(text: string): Parameters<ImageProgress>[0] {
  const [, done, total] = /^Step (\d+)\/(\d+) : /.exec(text) ?? [];
  return done === undefined ? { note: text } : { note: text, done: Number(done), total: Number(total) };
}

function notBuilt(name: string, words: string, last: readonly string[]): Failure {
  const message = `cannot build ${name}: ${words}`;
  const output = last.join("\n");
  // Only the builder's own pull of a base image fails so; a program that reaches nothing has an exit code.
  if (isNetwork(words)) return environmentFailure(message, { output, hint: "no registry answers for its base image" });
  return failed(message, { output, hint: "correct the step of its Dockerfile that failed last" });
}

interface ContextTar {
  readonly tar: Readable;
  /** The Dockerfile's name inside of it. */
  readonly dockerfile: string;
}

/** Its name in the tar when it lies outside of the context. */
const OUTSIDE = ".devenv-dockerfile";

async function contextTar(build: ImageBuild): Promise<ContextTar> {
  const { create, Header } = await import("tar");
  const [text, entries] = await Promise.all([readDockerfile(build), contextEntries(build)]);
  const { inContext } = dockerfileOf(build);
  const tar = new PassThrough();
  const add = (path: string, content: string) => {
    const body = Buffer.from(content);
    const header = new Header({ path, mode: 0o644, size: body.length, type: "File", mtime: new Date(0) });
    header.encode();
    tar.write(header.block);
    tar.write(Buffer.concat([body, Buffer.alloc(-body.length & 511)]));
  };
  let sent = entries.map((entry) => entry.path);
  if (inContext === undefined) {
    // As docker's own client does: sent under another name, and ignored by `COPY .`.
    add(OUTSIDE, text);
    const rules = sent.includes(IGNORE_FILE) ? await readFile(join(build.context, IGNORE_FILE), "utf8") : IGNORE_FILE;
    add(IGNORE_FILE, `${rules}\n${OUTSIDE}\n`);
    sent = sent.filter((path) => path !== IGNORE_FILE);
  }
  // A path that begins with `@` would be read as an archive to take in.
  const paths = sent.map((path) => `./${path}`);
  if (paths.length === 0) return { tar: tar.end(Buffer.alloc(1024)), dockerfile: OUTSIDE };
  const packed = create({ cwd: build.context, portable: true, noDirRecurse: true, follow: false }, paths);
  packed.on("error", (reason) => tar.destroy(reason as Error));
  packed.pipe(tar);
  return { tar, dockerfile: inContext ?? OUTSIDE };
}
