import { type ContainerStage, isBusy, isOvertaken, type LastSwap, type ServiceView } from "./service-view.ts";
import { settlesIn } from "./settling-words.ts";

const CONTAINER_WORDS: Record<ContainerStage, string> = {
  delivering: "delivering",
  restarting: "restarting",
  probing: "waiting for an answer",
  committing: "answers",
  notReady: "did not come up",
};

/** What the service is at: `building`, `building (#3 restarting)`, `runs local:3f9a12bc44de`. */
export function phaseInWords(view: ServiceView): string {
  const { build, container, last } = view;
  const inContainer = container.is === "quiet" ? undefined : CONTAINER_WORDS[container.is];
  if (build.is === "building") {
    return container.is === "quiet" ? "building" : `building (#${container.generation} ${inContainer})`;
  }
  if (isOvertaken(view)) return CONTAINER_WORDS.delivering;
  return inContainer ?? (last === undefined ? "no save since it is watched" : outcomeInWords(last));
}

function outcomeInWords({ outcome, build, settlesInMs = 0 }: LastSwap): string {
  switch (outcome) {
    case "committed":
      return `runs ${build}, ${settlesIn(settlesInMs)}`;
    case "settled":
      return `runs ${build}`;
    case "replaced":
      return `ran ${build} until it was replaced`;
    case "unchanged":
      return `unchanged, runs ${build}`;
    case "buildFailed":
      return "does not build";
    case "rolledBack":
      return `rolled back to ${build}`;
    case "rollbackFailed":
      return "could not be rolled back";
  }
}

/** Why the newest build is not in the container yet, so that the screen can explain idleness. */
export function holdReason(view: ServiceView): string | undefined {
  const { build, container } = view;
  if (build.is !== "built" || !isBusy(view) || container.is === "quiet") return undefined;
  return `#${build.generation} waits until the container has finished the swap of #${container.generation}`;
}
