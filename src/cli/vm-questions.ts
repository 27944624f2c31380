import { cancel, isCancel, text } from "@clack/prompts";
import { interrupted, userFailure } from "../model/failure.ts";
import type { VmStatus } from "../model/vm.ts";
import { size } from "../state/size.ts";
import type { Session } from "./session.ts";

/**
 * Has the person at the terminal write the name of the cluster whose machine is to go. Ctrl-C deletes nothing.
 * @throws Failure (exit code 2) where nobody can be asked.
 */
export async function askToDelete(session: Session, { cluster, disk }: VmStatus): Promise<void> {
  if (!session.isLive || session.stdin.isTTY !== true) {
    throw userFailure(`the virtual machine of ${cluster} is deleted only where someone says so`, {
      hint: `\`devenv vm delete ${cluster} --yes\` deletes it without a question.`,
    });
  }
  const what = disk === undefined ? "all that is on its disk" : `the ${size(disk.usedBytes)} on its disk`;
  const answer = await text({
    message: `Write ${cluster} to delete its virtual machine and ${what}`,
    validate: (given) => (given === cluster ? undefined : `Write ${cluster}, or press Ctrl-C`),
  });
  if (!isCancel(answer)) return;
  cancel("Nothing was deleted.");
  throw interrupted();
}
