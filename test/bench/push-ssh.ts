import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir, userInfo } from "node:os";
import { join } from "node:path";
import { startSshServer } from "../harness/ssh-server.ts";
import { makeWorkspace, type TestWorkspace } from "../harness/workspace.ts";
import { succeed } from "./brought-up.ts";
import { type Bench, median } from "./figure.ts";
import { overheadOf, overheadWords } from "./save-overheads.ts";
import {
  containerPlace,
  openSaveBench,
  openSaveBenchIn,
  SAVED,
  type SaveBench,
  type SaveRound,
} from "./save-rounds.ts";

const ROUNDS = 12;

/**
 * A save of a service on a host behind ssh, where it is pushed, against one on this machine, where it is mounted. The host
 * is this machine behind a real sshd on loopback: there is no network whose round trips would have to be taken off.
 */
export const pushSsh: Bench = {
  names: ["save-ssh-vs-mount"],
  async measure(dockerHost, progress) {
    const folder = await mkdtemp(join(tmpdir(), "devenv-bench-"));
    const server = await startSshServer(folder, { environment: [`DOCKER_HOST=${dockerHost}`] });
    const path = process.env.PATH;
    process.env.PATH = `${server.bin}:${path}`;
    const open: SaveBench[] = [];
    let behind: TestWorkspace | undefined;
    try {
      const mounted = await openSaveBench(dockerHost);
      open.push(mounted);
      behind = await makeBehind(`${userInfo().username}@127.0.0.1:${server.port}`);
      await succeed(behind, "up");
      const pushed = await openSaveBenchIn(behind, await containerPlace(behind, dockerHost));
      open.push(pushed);
      const [mount, push]: [SaveRound[], SaveRound[]] = [[], []];
      for (let round = 0; round <= ROUNDS; round++) {
        progress(`${round} of ${ROUNDS}`);
        const [here, there] = [await mounted.save(`round ${round}`), await pushed.save(`round ${round}`)];
        // The first warms what there is to warm, and is not counted.
        if (round > 0) mount.push(here);
        if (round > 0) push.push(there);
      }
      const [base, value] = [median(mount.map(overheadOf(mounted))), median(push.map(overheadOf(pushed)))];
      const how = `end of a save to the first new answer, less its own go build: on a host behind ssh ${overheadWords(pushed, push)}, by the mount here ${overheadWords(mounted, mount)}; ${ROUNDS} rounds, interleaved`;
      return [{ name: "save-ssh-vs-mount", value: value / base, unit: "x", target: 2, how }];
    } finally {
      for (const bench of open) await bench.close();
      await behind?.remove();
      await server.stop();
      process.env.PATH = path;
      await rm(folder, { recursive: true, force: true });
    }
  },
};

async function makeBehind(host: string): Promise<TestWorkspace> {
  const workspace = await makeWorkspace([SAVED], "unix:///nonexistent/docker.sock");
  const profile = await readFile(workspace.profile, "utf8");
  await writeFile(workspace.profile, profile.replace("provider: docker", `provider: ssh\n  ssh: ${host}`));
  return workspace;
}
