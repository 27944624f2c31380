import type { Hook, HookKind } from "../model/profile.ts";
import type { ServiceData } from "./compose-schema.ts";

/** As it stands in a profile. */
type Written =
  | string
  | { readonly command: string; readonly within?: number | undefined; readonly required?: boolean | undefined };

const WITHIN_MS = 60_000;

/** The hooks of a service, those before the build first; undefined for none. */
export function hooks({ "x-devenv": extension }: ServiceData): readonly Hook[] | undefined {
  const all = [
    ...listed(extension?.before_build).map((written) => hook("before_build", written)),
    ...listed(extension?.after_swap).map((written) => hook("after_swap", written)),
  ];
  return all.length === 0 ? undefined : all;
}

const listed = (written: Written | readonly Written[] = []): readonly Written[] => [written].flat();

function hook(kind: HookKind, written: Written): Hook {
  const {
    command,
    within = WITHIN_MS,
    required = false,
  } = typeof written === "string" ? { command: written } : written;
  // Of code that was not generated nothing good can be built.
  return { kind, command, withinMs: within, isRequired: required || kind === "before_build" };
}
