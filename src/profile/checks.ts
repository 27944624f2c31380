import { selectServices } from "./active.ts";
import type { Checked, Scene } from "./checked.ts";
import { checkDebugger } from "./checks-debugger.ts";
import { checkCycles, checkDependencies } from "./checks-dependencies.ts";
import { checkExtension } from "./checks-extension.ts";
import { checkHostPorts, checkPorts } from "./checks-ports.ts";
import { checkDeclarations, checkMounts, checkUses } from "./checks-resources.ts";
import { checkContainerNames, checkService } from "./checks-service.ts";
import { checkMinikube } from "./resolve-minikube.ts";
import { valueAt } from "./schema-problems.ts";

/**
 * Checks what a schema cannot see: how the parts of a profile fit together. Of services that are left out nothing is
 * checked but their own entry, as in Compose.
 */
export function checkProfile(checked: Checked): void {
  const { data, problems, raw, lookup } = checked;
  const names = new Set(Object.keys((valueAt(raw, ["services"]) as object | undefined) ?? {}));
  const scene: Scene = { ...checked, names, selection: selectServices(data, lookup) };
  if (names.size === 0) problems.atKey(["services"], "there is no service in this profile");
  checkMinikube(checked);
  checkProvider(checked);
  checkDeclarations(scene);
  for (const [name, service] of scene.selection.active) {
    checkService(name, service, scene);
    checkDependencies(name, service, scene);
    checkUses(name, service, scene);
    checkMounts(name, service, scene);
    checkPorts(name, service, scene);
    checkExtension(name, service, scene);
    checkDebugger(name, service, scene);
  }
  checkContainerNames(scene);
  checkCycles(scene);
  checkHostPorts(scene);
}

/** A variant may say another provider than the profile that it builds on, whose host is then not asked for. */
function checkProvider({ data, problems, mayHave }: Checked): void {
  const { provider, ssh } = data["x-devenv"] ?? {};
  const path = ["x-devenv"];
  if (provider === "ssh" && ssh === undefined && !mayHave(path, "ssh")) {
    problems.at([...path, "provider"], "provider ssh needs the address of a host", "write ssh: user@host beside it");
  }
  if (provider === undefined && ssh !== undefined && !mayHave(path, "provider")) {
    problems.atKey([...path, "ssh"], "x-devenv.ssh names a host that is not used", "write provider: ssh beside it");
  }
}
