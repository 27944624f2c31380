import { cp, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connect } from "../../src/docker/connect.ts";
import { systemProcesses } from "../../src/host/process.ts";
import { clusterName } from "../../src/model/names.ts";
import { startWatch } from "../harness/devenv.ts";
import { makeWorkspace } from "../harness/workspace.ts";
import { untilAnswers } from "./answers.ts";
import { type Bench, median, timed } from "./figure.ts";

const ROUNDS = 15;

/** From the save to the first answer of the new code, against the compiler alone; the two take turns. */
export const save: Bench = {
  names: ["save-minus-build"],
  async measure(dockerHost, progress) {
    const workspace = await makeWorkspace([{ name: "books" }], dockerHost);
    const daemon = connect({ kind: "unix", path: dockerHost.slice("unix://".length) });
    const bare = await mkdtemp(join(tmpdir(), "devenv-bench-"));
    try {
      await cp(join(workspace.folder, "repos/books"), bare, { recursive: true });
      const finished = await workspace.run("up");
      if (finished.code !== 0) throw new Error(finished.output);
      const [container] = (await daemon.observe(clusterName(workspace.cluster))).containers;
      const watch = await startWatch(workspace);
      const saves: number[] = [];
      const builds: number[] = [];
      // The first round of each warms the compiler's cache and is not counted.
      for (let round = 0; round <= ROUNDS; round++) {
        progress(`${round} of ${ROUNDS}`);
        const text = `round ${round}`;
        const saved = await timed(async () => {
          await workspace.saveVersion("books", text);
          await untilAnswers(container?.address ?? "", 8080, text);
        });
        await watch.until((event): event is typeof event => event.type === "committed", watch.events.length - 1);
        const built = await bareBuild(bare, `bare ${round}`);
        if (round === 0) continue;
        saves.push(saved);
        builds.push(built);
      }
      await watch.interrupt();
      const value = median(saves) - median(builds);
      const how = `save to first answer (${Math.round(median(saves))} ms) less a plain go build of the same edit (${Math.round(median(builds))} ms), p50 of ${ROUNDS} rounds, interleaved`;
      return [{ name: "save-minus-build", value, unit: "ms", target: 80, how }];
    } finally {
      daemon.close();
      await workspace.remove();
      await rm(bare, { recursive: true, force: true });
    }
  },
};

/** What a person would type: `go build ./cmd/books` after the same edit, in a folder of its own. */
async function bareBuild(folder: string, text: string): Promise<number> {
  const file = join(folder, "cmd/books/main.go");
  const before = await readFile(file, "utf8");
  await writeFile(file, before.replace(/var version = ".*"/, `var version = ${JSON.stringify(text)}`));
  return timed(async () => {
    const env = { CGO_ENABLED: "0" };
    const { code, output } = await systemProcesses.run("go", ["build", "-o", "out", "./cmd/books"], {
      cwd: folder,
      env,
    });
    if (code !== 0) throw new Error(output);
  });
}
