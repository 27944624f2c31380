import { stripVTControlCharacters } from "node:util";
import type { ReadyProbe, Service } from "../model/profile.ts";

export type LogProbe = Extract<ReadyProbe, { kind: "log" }>;

/** Whether a line of its output is the one that a service's readiness is told by; colours do not count. */
export function readyLine({ ready }: Pick<Service, "ready">): (text: string) => boolean {
  if (ready?.kind !== "log") return () => false;
  const pattern = new RegExp(ready.pattern);
  return (text) => pattern.test(stripVTControlCharacters(text));
}
