import type { FetchRow } from "../../src/flow/fetch-result.ts";
import type { Finished } from "../../src/host/process.ts";

/** The last line of `devenv fetch --json`: what became of each service. */
export function rowsOf({ stdout, output }: Finished): Record<string, FetchRow> {
  const last = stdout.trim().split("\n").at(-1) ?? "";
  if (!last.startsWith('{"type":"fetch"')) throw new Error(`fetch did not come to its end:\n${output}`);
  const { services } = JSON.parse(last) as { services: FetchRow[] };
  return Object.fromEntries(services.map((row) => [row.service, row]));
}
