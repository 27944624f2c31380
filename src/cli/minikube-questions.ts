import { cancel, isCancel, text } from "@clack/prompts";
import { interrupted, userFailure } from "../model/failure.ts";
import { DEFAULT_MINIKUBE, type MinikubeSettings, minikubeProfile } from "../model/minikube.ts";
import type { Profile } from "../model/profile.ts";
import type { Session } from "./session.ts";

/**
 * Has the person at the terminal write the name of the machine that is to go. Ctrl-C deletes nothing.
 * @throws Failure (exit code 2) where nobody can be asked.
 */
export async function askToDelete(session: Session, { name, minikube = DEFAULT_MINIKUBE }: Profile): Promise<void> {
  const machine = minikubeProfile(minikube, name);
  if (!session.isLive || session.stdin.isTTY !== true) {
    throw userFailure(`minikube's machine ${machine} is deleted only where someone says so`, {
      hint: "`devenv minikube delete --yes` deletes it without a question.",
    });
  }
  const answer = await text({
    message: `${whatGoes(minikube, machine)}. Write ${machine} to go on`,
    validate: (given) => (given === machine ? undefined : `Write ${machine}, or press Ctrl-C`),
  });
  if (!isCancel(answer)) return;
  cancel("Nothing was deleted.");
  throw interrupted();
}

const whatGoes = ({ driver }: MinikubeSettings, machine: string): string =>
  driver === "ssh"
    ? `This has minikube forget its machine ${machine}, which stays behind ssh with all that is in it`
    : `This deletes minikube's machine ${machine}, and all containers, images and volumes in it`;
