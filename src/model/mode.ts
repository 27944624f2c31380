import type { ServiceName } from "./names.ts";
import type { ModeChoice, Service } from "./profile.ts";

/** What a person chose with `devenv use`, by service; a service that is not in it goes by the profile. */
export type ModeChoices = ReadonlyMap<ServiceName, ModeChoice>;

/** The mode that a service is in, and who says so. Without a mode, its code comes from CI until an edit is saved. */
export interface EffectiveMode {
  readonly mode: ModeChoice | undefined;
  readonly from: "you" | "profile" | "default";
}

/** A service's mode: what the person chose, else what the profile says, else none. */
export function effectiveMode({ name, mode }: Pick<Service, "name" | "mode">, choices: ModeChoices): EffectiveMode {
  const chosen = choices.get(name);
  if (chosen !== undefined) return { mode: chosen, from: "you" };
  return mode === undefined ? { mode, from: "default" } : { mode, from: "profile" };
}

/** The modes in which a service has no container of its own: a forwarder in its place leads elsewhere. */
export type ForwardedMode = Extract<ModeChoice, { kind: "host" | "remote" }>;

export const isForwarded = (mode: ModeChoice | undefined): mode is ForwardedMode =>
  mode?.kind === "host" || mode?.kind === "remote";

/** Whether what runs in a mode is the work tree's code, so that a save is to be swapped in. */
export const followsSaves = (mode: ModeChoice | undefined): boolean => mode === undefined || mode.kind === "local";

/** Where a mode leads, as it is shown: `host:9090`, or the URL without the password in it; undefined for the others. */
export function targetOf(mode: ModeChoice | undefined): string | undefined {
  if (!isForwarded(mode)) return undefined;
  return mode.kind === "host" ? `host:${mode.port}` : withoutCredentials(mode.url);
}

/** A mode as `devenv use` takes it, without a password that may be in its URL: `ci`, `host:9090`, `remote:https://…`. */
export function modeText(mode: ModeChoice): string {
  if (mode.kind === "remote") return `remote:${withoutCredentials(mode.url)}`;
  return targetOf(mode) ?? mode.kind;
}

/** User and password of an address, which nobody needs to see again; with what stands before the @ said to be there. */
const withoutCredentials = (url: string): string => url.replace(/^([a-z]+:\/\/)[^/]*@/i, "$1…@");
