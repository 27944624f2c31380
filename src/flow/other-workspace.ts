import { isFolder } from "../host/files.ts";
import type { ObservedContainer } from "../model/container.ts";
import { userFailure } from "../model/failure.ts";
import type { Profile } from "../model/profile.ts";

/**
 * Two workspaces with a profile of the same name would take each other's containers away. One that was moved or removed
 * is no longer anybody's: nobody could go there to bring its cluster down.
 * @throws Failure (exit code 2) when the cluster runs from another workspace that is still there.
 */
export async function refuseOtherWorkspace(profile: Profile, containers: readonly ObservedContainer[]): Promise<void> {
  const other = containers.find(({ workspace }) => workspace !== profile.workspace)?.workspace;
  if (other === undefined || !(await isFolder(other))) return;
  throw userFailure(`cluster ${profile.name} already runs from another workspace, ${other}`, {
    hint: `Run \`devenv down\` in ${other} first, or give this profile another \`name:\`.`,
  });
}
