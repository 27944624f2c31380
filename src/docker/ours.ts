import { LABEL } from "../model/container.ts";
import { failed } from "../model/failure.ts";

/**
 * Promise 2 of DESIGN section 1: nothing without our label is ever removed, whatever name we were given.
 * @throws Failure when the labels hold no cluster of ours.
 */
export function refuseForeign(what: string, labels: Readonly<Record<string, string>> | null | undefined): void {
  if (labels?.[LABEL.cluster]) return;
  throw failed(`${what} is not devenv's: it has no label ${LABEL.cluster}`, {
    hint: "choose another name in the profile, or remove it yourself if you no longer need it",
  });
}
