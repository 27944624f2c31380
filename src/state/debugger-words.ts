import type { Debugger } from "../model/debugger.ts";

/** What a person is to know of a service's debugger, to follow the service's name and a colon. */
export function debuggerWords({ address, state }: Debugger): string {
  switch (state) {
    case "listening":
      return `debugger at ${address}`;
    case "missing":
      return "runs without a debugger: there is no dlv in its image (docs/debugging.md says how to put it in)";
    case "silent":
      return "its debugger does not answer (`devenv logs` shows what dlv says)";
    default:
      return state satisfies never;
  }
}
