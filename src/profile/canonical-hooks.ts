import { type Hook, type HookKind, hooksOf, type Service } from "../model/profile.ts";
import { durationText, onlyTrue, type Plain, present } from "./canonical-parts.ts";

/** A service's hooks of one kind in their long form, as a list only where there are several; undefined for none. */
export function canonicalHooks(service: Service, kind: HookKind): Plain | readonly Plain[] | undefined {
  const written = hooksOf(service, kind).map(canonicalHook);
  return written.length > 1 ? written : written[0];
}

const canonicalHook = ({ kind, command, withinMs, isRequired }: Hook): Plain =>
  present({
    command,
    within: durationText(withinMs),
    required: kind === "after_swap" ? onlyTrue(isRequired) : undefined,
  });
