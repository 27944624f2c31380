/** How a server wants to be asked: one challenge of a `WWW-Authenticate` header (RFC 9110, section 11.6.1). */
export interface Challenge {
  /** In small letters: `bearer`, `basic`. */
  readonly scheme: string;
  /** Names in small letters. */
  readonly parameters: Readonly<Record<string, string>>;
}

const TOKEN = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+/;
const QUOTED = /^"((?:[^"\\]|\\.)*)"/;

/**
 * Every challenge of a `WWW-Authenticate` header, in its order; several headers come joined by commas. What cannot be
 * read is passed over, for a server may offer a scheme that nobody here knows beside one that is known.
 */
export function parseChallenges(header: string): readonly Challenge[] {
  const challenges: { scheme: string; parameters: Record<string, string> }[] = [];
  let rest = header;
  const take = (pattern: RegExp): string | undefined => {
    const found = pattern.exec(rest);
    if (found === null) return undefined;
    rest = rest.slice(found[0].length);
    return found[1] ?? found[0];
  };
  while (take(/^[\s,]+/) !== undefined || rest !== "") {
    const word = take(TOKEN);
    if (word === undefined) {
      rest = rest.slice(1);
      continue;
    }
    const current = challenges.at(-1);
    if (take(/^\s*=\s*/) === undefined || current === undefined) {
      challenges.push({ scheme: word.toLowerCase(), parameters: {} });
      continue;
    }
    const quoted = take(QUOTED);
    current.parameters[word.toLowerCase()] = quoted?.replace(/\\(.)/g, "$1") ?? take(TOKEN) ?? "";
  }
  return challenges;
}

/** Who gives tokens for a registry. */
export interface TokenServer {
  /** Its URL, as the registry says it. */
  readonly realm: string;
  readonly service: string | undefined;
}

/** The way in that a registry offers; undefined where it is none that is known here. */
export function wayIn(header: string): TokenServer | "basic" | undefined {
  const challenges = parseChallenges(header);
  const bearer = challenges.find(({ scheme, parameters }) => scheme === "bearer" && parameters.realm !== undefined);
  if (bearer?.parameters.realm !== undefined) {
    return { realm: bearer.parameters.realm, service: bearer.parameters.service };
  }
  return challenges.some(({ scheme }) => scheme === "basic") ? "basic" : undefined;
}
