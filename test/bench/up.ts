import { connect } from "../../src/docker/connect.ts";
import { makeWorkspace } from "../harness/workspace.ts";
import { floor, succeed } from "./brought-up.ts";
import { type Bench, median, timed } from "./figure.ts";

const SERVICES = 15;
const ROUNDS = 5;
const IDLE_ROUNDS = 9;

/** Bringing fifteen services up, against the daemon's own time for fifteen containers; the two take turns. */
export const up: Bench = {
  names: ["up-vs-floor", "up-nothing-to-do"],
  async measure(dockerHost, progress) {
    const names = Array.from({ length: SERVICES }, (_, index) => `service${index + 1}`);
    const workspace = await makeWorkspace(
      names.map((name) => ({ name })),
      dockerHost,
    );
    const daemon = connect({ kind: "unix", path: dockerHost.slice("unix://".length) });
    try {
      await succeed(workspace, "up"); // images, store and mount are cached from here on
      await succeed(workspace, "down");
      const ups: number[] = [];
      const floors: number[] = [];
      for (let round = 0; round < ROUNDS; round++) {
        progress(`${round + 1} of ${ROUNDS}`);
        ups.push(await timed(() => succeed(workspace, "up")));
        await succeed(workspace, "down");
        floors.push(await floor(daemon, workspace, names));
      }
      await succeed(workspace, "up");
      const idle: number[] = [];
      for (let round = 0; round < IDLE_ROUNDS; round++) idle.push(await timed(() => succeed(workspace, "up")));
      return [
        {
          name: "up-vs-floor",
          value: median(ups) / median(floors),
          unit: "x",
          target: 1.4,
          how: `devenv up of ${SERVICES} Go services, network and readiness included (${Math.round(median(ups))} ms), against create + start of the same in parallel (${Math.round(median(floors))} ms); ${ROUNDS} rounds, interleaved`,
        },
        {
          name: "up-nothing-to-do",
          value: median(idle),
          unit: "ms",
          target: 350,
          how: `whole process, ${SERVICES} running services, p50 of ${IDLE_ROUNDS}`,
        },
      ];
    } finally {
      daemon.close();
      await workspace.remove();
    }
  },
};
