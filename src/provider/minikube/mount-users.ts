import { existsSync } from "node:fs";
import { LABEL } from "../../model/container.ts";
import { request } from "../inquiry.ts";
import type { LinkLayout } from "../ssh/layout.ts";
import { CONTAINERS_PATH } from "../ssh/published.ts";

/** As much as is read of what the API's `/containers/json` gives of each container. */
interface Listed {
  readonly Id: string;
  readonly Names?: readonly string[];
  readonly State?: string;
  readonly Labels?: Readonly<Record<string, string>>;
  readonly Mounts?: readonly { readonly Type?: string; readonly Source?: string }[];
}

const RESTARTS_WITHIN_MS = 60_000;

/** Of a list of containers those of this machine's clusters that run, and have something at or below a folder. */
export function usersOf(body: string, folder: string, isOurs: (workspace: string) => boolean): readonly Listed[] {
  const isBelow = (path: string) => path === folder || path.startsWith(`${folder}/`);
  return (JSON.parse(body) as Listed[]).filter(
    ({ State, Labels, Mounts = [] }) =>
      State === "running" &&
      isOurs(Labels?.[LABEL.workspace] ?? "") &&
      Mounts.some(({ Type, Source }) => Type === "bind" && Source !== undefined && isBelow(Source)),
  );
}

/** Restarts what has a folder that was mounted anew, so that it has the new mount; gives the names of those that were. */
export async function restartUsers({ docker }: LinkLayout, folder: string): Promise<readonly string[]> {
  const address = { kind: "unix", path: docker } as const;
  const ask = (method: "GET" | "POST", path: string) =>
    request(address, method, path, AbortSignal.timeout(RESTARTS_WITHIN_MS)).catch(() => undefined);
  const listed = await ask("GET", CONTAINERS_PATH);
  if (listed?.status !== 200) return [];
  const users = usersOf(listed.body, folder, existsSync);
  const answers = await Promise.all(users.map(({ Id }) => ask("POST", `/containers/${Id}/restart?t=2`)));
  const restarted = users.filter((_, index) => answers[index]?.status === 204);
  return restarted.map(({ Id, Names }) => Names?.[0]?.replace(/^\//, "") ?? Id);
}
