import { mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { viewOf } from "./cluster-view.ts";
import { makeWorkspace, type TestWorkspace } from "./workspace.ts";

/** A program that begins when the test wants it to: until then, an `up` is in the middle of its work. */
export interface HeldStart {
  /** From now on the program waits at its start, as it does from the beginning. */
  hold(): Promise<void>;
  letGo(): Promise<void>;
}

/** A workspace with one service, whose program is held; `up` waits a minute for it. */
export async function workspaceWithHeldStart(
  service: string,
  dockerHost: string,
): Promise<{ workspace: TestWorkspace; start: HeldStart }> {
  const ready = "      ready: { http: /healthz, port: 8080, within: 60s }";
  const workspace = await makeWorkspace([{ name: service, devenv: ready }], dockerHost);
  const folder = join(workspace.folder, "held");
  await mkdir(folder);
  const program = `until test -e /held/go; do usleep 20000; done; exec /devenv/bin/${service}`;
  await viewOf(workspace).editProfile(
    `[/devenv/bin/${service}]`,
    `[/devenv/init/busybox, sh, -c, "${program}"]\n    volumes: ["${folder}:/held"]`,
  );
  const go = join(folder, "go");
  return {
    workspace,
    start: { hold: () => rm(go, { force: true }), letGo: () => writeFile(go, "") },
  };
}
