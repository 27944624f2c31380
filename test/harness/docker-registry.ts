import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { systemProcesses } from "../../src/host/process.ts";
import { eventually } from "./eventually.ts";
import { freePort } from "./free-port.ts";

export interface DockerRegistry {
  /** `127.0.0.1:PORT` */
  readonly host: string;
  /** Ends it and removes what it stored. */
  stop(): Promise<void>;
}

export interface RegistryOptions {
  /** Its `auth` section: htpasswd or token. */
  readonly auth?: Readonly<Record<string, unknown>>;
}

const STARTS_WITHIN_MS = 20_000;

/** Debian's docker-registry, the reference implementation, on a free port of loopback and with a folder of its own. */
export async function startDockerRegistry({ auth }: RegistryOptions = {}): Promise<DockerRegistry> {
  const folder = await mkdtemp(join(tmpdir(), "devenv-registry-"));
  const host = `127.0.0.1:${await freePort()}`;
  const config = {
    version: "0.1",
    log: { level: "error", accesslog: { disabled: true } },
    storage: { filesystem: { rootdirectory: join(folder, "data") }, delete: { enabled: true } },
    http: { addr: host, secret: "of a test" },
    ...(auth && { auth }),
  };
  // What is JSON is YAML as well.
  await writeFile(join(folder, "config.yml"), JSON.stringify(config));
  const stopping = new AbortController();
  const output: string[] = [];
  let isOver = false;
  const ended = systemProcesses
    .run("docker-registry", ["serve", join(folder, "config.yml")], {
      signal: stopping.signal,
      onLine: (line) => output.push(line),
      env: { OTEL_TRACES_EXPORTER: "none" },
    })
    .finally(() => {
      isOver = true;
    });
  const stop = async () => {
    stopping.abort();
    await ended;
    await rm(folder, { recursive: true, force: true });
  };
  const late = () =>
    `docker-registry did not start (scripts/prerequisites --for test installs it):\n${output.join("\n")}`;
  const answers = async () => {
    if (isOver) throw new Error(late());
    return fetch(`http://${host}/v2/`).then(
      () => true,
      () => false,
    );
  };
  try {
    await eventually(answers, Boolean, { withinMs: STARTS_WITHIN_MS, late });
  } catch (thrown) {
    await stop();
    throw thrown;
  }
  return { host, stop };
}
