/** A URL for people: without user, password and query, which may be a signature that opens a door. */
export function shown({ origin, pathname, search }: URL): string {
  return `${origin}${pathname}${search === "" ? "" : "?…"}`;
}

/** The value of `Authorization` that `https://user:password@host/` stands for; it means what it means to curl. */
export function authorizationIn({ username, password }: URL): string | undefined {
  if (username === "") return undefined;
  return basicAuthorization(decodeURIComponent(username), decodeURIComponent(password));
}

/** The value of `Authorization` for a user with a password, or with a token in its place (RFC 7617). */
export const basicAuthorization = (user: string, password: string): string =>
  `Basic ${Buffer.from(`${user}:${password}`).toString("base64")}`;
