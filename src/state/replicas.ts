import type { ServiceState, ServiceStatus } from "../model/status.ts";
import { settlesIn } from "./settling-words.ts";

/** From the one that most wants to be looked at. */
export const SEVERITY: readonly ServiceState[] = [
  "crashed",
  "unhealthy",
  "starting",
  "swapping",
  "off",
  "rolledBack",
  "ready",
];

/**
 * The row of a service with several containers, out of one row each: the worst state counts, with its reason, and the
 * service is ready when all of them are.
 * @param rows in the order of the containers, at least one
 */
export function combined(rows: readonly [ServiceStatus, ...ServiceStatus[]]): ServiceStatus {
  const [first] = rows;
  if (rows.length === 1) return first;
  const worst = SEVERITY.map((state) => rows.find((row) => row.state === state)).find((row) => row !== undefined);
  const readyOnes = rows.filter(({ ready }) => ready).length;
  const address = rows.find((row) => row.address !== null)?.address ?? null;
  return {
    ...(worst ?? first),
    ready: readyOnes === rows.length,
    address,
    replicas: { ready: readyOnes, of: rows.length },
  };
}

/**
 * The state of a service in a few words: `unhealthy 2/3` where not all of several containers are ready, `settles in 8 s`
 * where its newest code is not good yet, `crashed 3×` where Docker started it again and again.
 * @param atMs now, milliseconds since the epoch
 */
export function stateWords(word: string, status: ServiceStatus, atMs: number): string {
  const { replicas, settlesAt, state, restarts = 0 } = status;
  if (state === "crashed" && restarts > 0) return `${word} ${restarts + 1}×`;
  const left = settlesAt === undefined ? 0 : Date.parse(settlesAt) - atMs;
  if (left > 0) return settlesIn(left);
  return replicas === undefined || replicas.ready === replicas.of ? word : `${word} ${replicas.ready}/${replicas.of}`;
}
