import { join } from "node:path";
import { openStore } from "../../src/artifact/store.ts";
import { openMount } from "../../src/delivery/mount.ts";
import { connect } from "../../src/docker/connect.ts";
import type { Release } from "../../src/model/artifact.ts";
import { clusterName, serviceName } from "../../src/model/names.ts";
import { answersSaying } from "../harness/programs.ts";
import { makeWorkspace } from "../harness/workspace.ts";
import { untilAnswers } from "./answers.ts";
import { type Bench, median, quantile, timed } from "./figure.ts";

const ROUNDS = 30;
const SERVICE = serviceName("books");

/** The heart of a swap, against a restart of the container; the two take turns in one container. */
export const swap: Bench = {
  names: ["swap-p50", "swap-p95", "swap-vs-restart"],
  async measure(dockerHost, progress) {
    const workspace = await makeWorkspace([{ name: SERVICE }], dockerHost);
    const daemon = connect({ kind: "unix", path: dockerHost.slice("unix://".length) });
    try {
      const finished = await workspace.run("up");
      if (finished.code !== 0) throw new Error(finished.output);
      const store = openStore(join(workspace.env.XDG_CACHE_HOME ?? "", "devenv"));
      const folder = join(workspace.env.XDG_STATE_HOME ?? "", "devenv/clusters", workspace.cluster);
      const mount = openMount(folder, store);
      const releases = new Map<string, Release>();
      for (const version of ["one", "two"]) releases.set(version, await releaseOf(version, store));

      const container = async () => {
        const found = (await daemon.observe(clusterName(workspace.cluster))).containers[0];
        if (found?.address === undefined) throw new Error("the container has no address");
        return { id: found.id, address: found.address };
      };
      const swaps: number[] = [];
      const restarts: number[] = [];
      for (let round = 0; round < ROUNDS; round++) {
        progress(`${round + 1} of ${ROUNDS}`);
        const version = round % 2 === 0 ? "one" : "two";
        const release = releases.get(version);
        if (release === undefined) throw new Error("no such release");
        const { id, address } = await container();
        // Visible in the mount before: what counts is from the new binary in place.
        const begun = performance.now();
        await mount.point(SERVICE, release);
        await daemon.signal(id, "HUP");
        await untilAnswers(address, 8080, version);
        swaps.push(performance.now() - begun);
        restarts.push(
          await timed(async () => {
            await daemon.restart(id, 1000);
            await untilAnswers((await container()).address, 8080, version);
          }),
        );
      }
      const how = `pointer flip, HUP, first answer of the new binary; ${ROUNDS} rounds`;
      return [
        { name: "swap-p50", value: median(swaps), unit: "ms", target: 30, how },
        { name: "swap-p95", value: quantile(swaps, 0.95), unit: "ms", target: 60, how },
        {
          name: "swap-vs-restart",
          value: median(swaps) / median(restarts),
          unit: "x",
          target: 0.12,
          how: `the same against docker restart -t 1 of the same container (${Math.round(median(restarts))} ms), interleaved`,
        },
      ];
    } finally {
      daemon.close();
      await workspace.remove();
    }
  },
};

async function releaseOf(version: string, store: ReturnType<typeof openStore>): Promise<Release> {
  const digest = await store.adopt(await answersSaying(version), "file");
  return { artifact: { digest, kind: "file", build: `local:${version}` } };
}
