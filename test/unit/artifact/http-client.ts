import { onTestFinished } from "vitest";
import { type HttpOptions, openHttp } from "../../../src/artifact/http/client.ts";
import type { Http } from "../../../src/artifact/http/http.ts";
import { type Clock, systemClock } from "../../../src/host/clock.ts";
import { type HttpServer, type ServerOptions, startHttpServer } from "../../harness/http-server.ts";
import { temporaryFolder } from "./folders.ts";

/** A server for one test. */
export async function server(options: ServerOptions = {}): Promise<HttpServer> {
  const started = await startHttpServer(options);
  onTestFinished(() => started.close());
  return started;
}

/** A clock whose sleeps take no time, and are written down: in milliseconds. */
export interface ImpatientClock extends Clock {
  readonly slept: number[];
}

export function impatientClock(): ImpatientClock {
  const slept: number[] = [];
  return {
    ...systemClock,
    slept,
    async sleep(ms, signal) {
      signal?.throwIfAborted();
      slept.push(ms);
    },
  };
}

/** HTTP with a cache of its own, which never waits before it asks again. */
export async function http(options: Partial<HttpOptions> = {}): Promise<Http> {
  return openHttp({ cacheFolder: await temporaryFolder(), environment: {}, clock: impatientClock(), ...options });
}

export const textOf = async (asking: Promise<{ readonly body: Buffer }>): Promise<string> =>
  (await asking).body.toString();
