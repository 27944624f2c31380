import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ofType, type RunningDevenv, startWatch, untilSettled } from "../harness/devenv.ts";
import { eventually } from "../harness/eventually.ts";
import { leftovers } from "../harness/leftovers.ts";
import { type PrivateDaemon, startPrivateDaemon } from "../harness/private-daemon.ts";
import { closeGate, clusterOn, GATE, goProgram, HELD, openGate, type TestCluster } from "./save-loop-cluster.ts";

const DEVENV = "      settle: 300ms\n      ready: { http: /healthz, port: 8080, within: 20s }";

describe.each([
  ["which ends its containers", false],
  ["with live-restore", true],
])("a dockerd %s", (_, liveRestore) => {
  let daemon: PrivateDaemon;
  let cluster: TestCluster;
  let devenv: RunningDevenv;

  beforeAll(async () => {
    daemon = await startPrivateDaemon({ liveRestore });
    cluster = await clusterOn(daemon.socket, { name: "books", devenv: DEVENV, yaml: GATE }, { name: "authors" });
    devenv = await startWatch(cluster);
  });
  afterAll(async () => {
    await devenv?.kill();
    await cluster?.remove();
    await daemon?.stop();
  });

  const expectNothingLeft = async () => {
    const names = ["books", "authors"].map((name) => `${cluster.cluster}-${name}-1`);
    await eventually(
      () => leftovers(cluster, names),
      (left) => left.length === 0,
    );
  };

  /** Takes it down, and up again when the loop has noticed. Gives what the loop says when it is back. */
  async function restarted(since: number) {
    const halted = daemon.halt();
    await devenv.until(ofType("daemonLost"), since);
    await halted;
    await daemon.resume();
    return devenv.until(ofType("daemonBack"), since);
  }

  test("that is restarted while new code is waited for: it answers in the end, and so do all others", async () => {
    const since = devenv.events.length;
    await closeGate(cluster);
    await cluster.save("books", goProgram("through a restart", HELD));
    await devenv.until(ofType("restarted"), since);
    const { started } = await restarted(since);
    expect(started).toEqual(liveRestore ? [] : ["authors"]);
    await openGate(cluster);
    await untilSettled(devenv, "books", since);
    expect(devenv.events.slice(since).some(ofType("notReady", "rolledBack", "rollbackFailed"))).toBe(false);
    expect(await cluster.answer("books")).toBe("through a restart");
    expect(await cluster.answer("authors")).toContain("ci");
    await expectNothingLeft();
  });

  test.skipIf(liveRestore)(
    "that is restarted while code is built: the save is swapped in when it is back",
    async () => {
      const since = devenv.events.length;
      await cluster.save("books", goProgram("built without a daemon"));
      await devenv.until(ofType("saved"), since);
      await restarted(since);
      await untilSettled(devenv, "books", since);
      expect(devenv.events.slice(since).some(ofType("notReady", "rolledBack", "rollbackFailed"))).toBe(false);
      expect(await cluster.answer("books")).toBe("built without a daemon");
      await expectNothingLeft();
    },
  );

  test("that is restarted while nothing is under way: all answer again, and a crash at start is rolled back", async () => {
    const good = await cluster.answer("books");
    let since = devenv.events.length;
    const { started } = await restarted(since);
    expect(started.toSorted()).toEqual(liveRestore ? [] : ["authors", "books"]);
    expect(await cluster.answer("books")).toBe(good);
    since = devenv.events.length;
    await cluster.save("books", goProgram("bad", { first: 'panic("no table")' }));
    await devenv.until(ofType("rolledBack"), since);
    expect(await cluster.answer("books")).toBe(good);
    await expectNothingLeft();
  });

  test.skipIf(liveRestore)("that does not come back holds nobody up who ends the watching", async () => {
    const good = await cluster.answer("books");
    const since = devenv.events.length;
    const halted = daemon.halt();
    await devenv.until(ofType("daemonLost"), since);
    await cluster.save("books", goProgram("never delivered"));
    await devenv.until(ofType("delivered"), since);
    expect(await devenv.interrupt()).toBe(130);
    await halted;
    await daemon.resume();
    expect((await cluster.run("up")).code).toBe(0);
    expect(await cluster.answer("books")).toBe(good);
    await expectNothingLeft();
  });
});
