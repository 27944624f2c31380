import { environmentFailure, Failure } from "../../model/failure.ts";
import { answerOf, type Http, type RequestOptions } from "../http/http.ts";
import { basicAuthorization } from "../http/url.ts";
import { type TokenServer, wayIn } from "./challenge.ts";
import type { Credentials } from "./docker-credentials.ts";
import { apiOf } from "./reference.ts";

/**
 * Runs a request for a repository of one registry with what opens it. Where the registry answers 401, because nobody has
 * asked how it wants to be asked yet or because a token has expired, it is run once more with what is new.
 */
export type Authorized = <T>(
  repository: string,
  ask: (options: RequestOptions) => Promise<T>,
  options: RequestOptions,
) => Promise<T>;

/** A token is a few kilobytes at most. */
const TOKEN_ANSWER_BYTES = 1024 * 1024;

/**
 * Docker's token authentication (distribution/spec/auth/token.md) and basic authentication. The first request goes
 * without either, and those beside it wait for what it learns; then it is one token a repository, kept in memory alone.
 * @param credentials asked for once, and only where the registry wants some
 */
export function authorization(
  http: Http,
  registry: string,
  credentials: () => Promise<Credentials | undefined>,
): Authorized {
  const values = new Map<string, Promise<string | undefined>>();
  let way: TokenServer | "basic" | undefined;
  let first: Promise<unknown> | undefined;
  let who: Promise<Credentials | undefined> | undefined;

  const fresh = async (repository: string, signal: AbortSignal | undefined): Promise<string | undefined> => {
    if (way === undefined) return undefined;
    who ??= credentials();
    const known = await who;
    const basic = known && basicAuthorization(known.user, known.password);
    return way === "basic" ? basic : `Bearer ${await tokenOf(http, registry, way, repository, basic, signal)}`;
  };
  const start = (repository: string, signal: AbortSignal | undefined) => {
    const value = fresh(repository, signal);
    if (way !== undefined) values.set(repository, value);
    // What could not be had is tried anew by the next one who asks.
    value.catch(() => values.delete(repository));
    return value;
  };
  /** Undefined for a 401 that says how else to ask. */
  const attempt = async <T>(ask: () => Promise<T>): Promise<{ readonly answer: T } | undefined> => {
    try {
      return { answer: await ask() };
    } catch (thrown) {
      const refusal = answerOf(thrown);
      const learned = refusal?.status === 401 ? wayIn(refusal.headers["www-authenticate"] ?? "") : undefined;
      if (learned === undefined) throw thrown;
      way = learned;
      return undefined;
    }
  };
  return async (repository, ask, options) => {
    await first?.catch(() => {});
    const value = await (values.get(repository) ?? start(repository, options.signal));
    const attempted = attempt(() => ask({ ...options, authorization: value }));
    first ??= attempted;
    const done = await attempted;
    if (done !== undefined) return done.answer;
    const newer = await values.get(repository);
    const renewed = newer === value ? await start(repository, options.signal) : newer;
    return ask({ ...options, authorization: renewed }).catch((thrown) => {
      throw withLogin(thrown, registry);
    });
  };
}

/** Who is refused in the end is told of Docker's way to log in, too. */
function withLogin(thrown: unknown, registry: string): unknown {
  const status = answerOf(thrown)?.status;
  if (!(thrown instanceof Failure) || (status !== 401 && status !== 403)) return thrown;
  return new Failure(thrown.class, thrown.message, {
    ...thrown,
    hint: `log in with \`docker login ${registry}\`, or ${thrown.hint}`,
  });
}

/** @throws Failure: the token server refuses, is not there, or gives no token. */
async function tokenOf(
  http: Http,
  registry: string,
  { realm, service }: TokenServer,
  repository: string,
  basic: string | undefined,
  signal: AbortSignal | undefined,
): Promise<string> {
  const url = tokenUrl(realm, registry);
  if (service !== undefined) url.searchParams.set("service", service);
  // Not the scope of the challenge, which may have been another repository's.
  url.searchParams.set("scope", `repository:${repository}:pull`);
  // As a body, because a document may be kept on disk.
  const { stream } = await http.openBody(url.href, { offset: 0 }, { authorization: basic, signal }).catch((thrown) => {
    throw withLogin(thrown, registry);
  });
  let answer = "";
  for await (const chunk of stream.setEncoding("utf8")) {
    answer += chunk;
    if (answer.length > TOKEN_ANSWER_BYTES) break;
  }
  const token = tokenIn(answer);
  if (token !== undefined) return token;
  throw environmentFailure(`${url.origin}${url.pathname} gives no token for ${repository}`, {
    hint: `the registry ${registry} sends its clients there; ask who runs it`,
  });
}

/** @throws Failure where it is none, or would be given a password without TLS that the registry itself insists on. */
function tokenUrl(realm: string, registry: string): URL {
  const url = URL.canParse(realm) ? new URL(realm) : undefined;
  const isPlainRegistry = apiOf({ registry }).startsWith("http:");
  if (url?.protocol === "https:" || (url?.protocol === "http:" && isPlainRegistry)) return url;
  throw environmentFailure(`the registry ${registry} sends its clients for tokens to ${JSON.stringify(realm)}`, {
    hint: "that is no https address: ask who runs the registry",
  });
}

/** `token`, or OAuth2's name for the same. */
function tokenIn(answer: string): string | undefined {
  try {
    const { token, access_token } = JSON.parse(answer) as { readonly token?: unknown; readonly access_token?: unknown };
    const found = token ?? access_token;
    return typeof found === "string" && found !== "" ? found : undefined;
  } catch {
    return undefined; // what it says may hold a token, so it is not shown
  }
}
