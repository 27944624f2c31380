import { randomBytes } from "node:crypto";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openStore, type Store } from "../../src/artifact/store.ts";
import { type Mount, openMount } from "../../src/delivery/mount.ts";
import { openPush } from "../../src/delivery/push/push.ts";
import { connect } from "../../src/docker/connect.ts";
import type { Daemon } from "../../src/docker/daemon.ts";
import type { Release } from "../../src/model/artifact.ts";
import { clusterName, serviceName } from "../../src/model/names.ts";
import { answersSaying } from "../harness/programs.ts";
import { makeWorkspace } from "../harness/workspace.ts";
import { untilAnswers } from "./answers.ts";
import { type Bench, median, timed } from "./figure.ts";

const ROUNDS = 30;
const SERVICE = serviceName("books");

/** A cluster of one service, as a swap sees it. */
interface Side {
  readonly store: Store;
  readonly mount: Mount;
  readonly container: () => Promise<{ readonly id: string; readonly address: string }>;
  remove(): Promise<void>;
}

/** A swap by push against one by the mount, in two clusters of the same daemon that take turns. */
export const push: Bench = {
  names: ["push-vs-mount"],
  async measure(dockerHost, progress) {
    const daemon = connect({ kind: "unix", path: dockerHost.slice("unix://".length) });
    const folder = await mkdtemp(join(tmpdir(), "devenv-bench-"));
    const [mounted, pushed] = [await sideOf("mount", dockerHost, daemon), await sideOf("push", dockerHost, daemon)];
    try {
      await pushed.mount.warm();
      const times = { mount: [] as number[], push: [] as number[] };
      const bytes = (await readFile(await answersSaying("one"))).length;
      for (let round = 0; round < ROUNDS; round++) {
        progress(`${round + 1} of ${ROUNDS}`);
        const text = round % 2 === 0 ? "one" : "two";
        times.mount.push(await swapOf(mounted, text, folder, daemon));
        times.push.push(await swapOf(pushed, text, folder, daemon));
      }
      const ms = (samples: number[]) => `${Math.round(median(samples))} ms`;
      const how = `a new binary of ${(bytes / 1e6).toFixed(1)} MB from the store to its first answer, by push (${ms(times.push)}) against the mount (${ms(times.mount)}); ${ROUNDS} rounds, interleaved`;
      return [{ name: "push-vs-mount", value: median(times.push) / median(times.mount), unit: "x", target: 2, how }];
    } finally {
      for (const side of [mounted, pushed]) await side.remove();
      daemon.close();
      await rm(folder, { recursive: true, force: true });
    }
  },
};

async function sideOf(delivery: "mount" | "push", dockerHost: string, daemon: Daemon): Promise<Side> {
  const workspace = await makeWorkspace([{ name: SERVICE }], dockerHost, `  delivery: ${delivery}\n`);
  const up = await workspace.run("up");
  if (up.code !== 0) throw new Error(up.output);
  const store = openStore(join(workspace.env.XDG_CACHE_HOME ?? "", "devenv"));
  const local = openMount(join(workspace.env.XDG_STATE_HOME ?? "", "devenv/clusters", workspace.cluster), store);
  const cluster = clusterName(workspace.cluster);
  const isBusy = async () => false;
  const mount =
    delivery === "push" ? openPush(local, { daemon, cluster, labels: {}, artifacts: store, isBusy }) : local;
  return {
    store,
    mount,
    container: async () => {
      const [found] = (await daemon.observe(cluster)).containers;
      if (found?.address === undefined) throw new Error("the container has no address");
      return { id: found.id, address: found.address };
    },
    async remove() {
      mount.close();
      await workspace.remove();
    },
  };
}

/** Milliseconds from a binary in the store, which no container has seen, to its first answer. */
async function swapOf({ store, mount, container }: Side, text: string, folder: string, daemon: Daemon) {
  const release = await newRelease(text, store, folder);
  const { id, address } = await container();
  return timed(async () => {
    await mount.point(SERVICE, release);
    await daemon.signal(id, "HUP");
    await untilAnswers(address, 8080, text);
  });
}

/** A program that answers this text, with other content than any before: what follows an executable's end is not read. */
async function newRelease(text: string, store: Store, folder: string): Promise<Release> {
  const path = join(folder, randomBytes(8).toString("hex"));
  await writeFile(path, Buffer.concat([await readFile(await answersSaying(text)), randomBytes(16)]), { mode: 0o755 });
  const digest = await store.adopt(path, "file");
  return { artifact: { digest, kind: "file", build: `local:${text}` } };
}
