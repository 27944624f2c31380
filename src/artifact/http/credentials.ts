import type { ArtifactCredentials } from "../../model/artifact-source.ts";
import { basicAuthorization } from "./url.ts";

/**
 * The value of `Authorization` for the profile's credentials: basic with a user, else a bearer's token.
 * @param lookUp gives the value of a variable, as SourceAccess.credential does
 */
export async function authorizationFor(
  credentials: ArtifactCredentials | undefined,
  lookUp: (name: string) => Promise<string>,
): Promise<string | undefined> {
  if (credentials === undefined) return undefined;
  const token = await lookUp(credentials.token);
  if (credentials.user === undefined) return `Bearer ${token}`;
  return basicAuthorization(await lookUp(credentials.user), token);
}
