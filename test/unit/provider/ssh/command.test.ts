import { expect, it } from "vitest";
import { systemProcesses } from "../../../../src/host/process.ts";
import { connectArguments, orderArguments } from "../../../../src/provider/ssh/command.ts";

/** What ssh itself makes of the arguments (ssh -G), with a configuration that wants the opposite of all that we need. */
async function asUnderstood(): Promise<Map<string, string>> {
  const args = connectArguments({ destination: "me@build-box", port: 2222 }, "/run/devenv/control");
  const against = ["-F", "none", "-G"];
  const { stdout, code, output } = await systemProcesses.run("ssh", [...against, ...args]);
  expect(output && code).toBe(0);
  return new Map(stdout.split("\n").map((line) => [line.split(" ")[0] ?? "", line.slice(line.indexOf(" ") + 1)]));
}

it("ssh is asked nothing, shares nothing, and checks host keys as the person has it", async () => {
  const understood = await asUnderstood();
  expect(Object.fromEntries(understood)).toMatchObject({
    user: "me",
    hostname: "build-box",
    port: "2222",
    batchmode: "yes",
    controlmaster: "true",
    controlpath: "/run/devenv/control",
    clearallforwardings: "yes",
    forwardagent: "no",
    stricthostkeychecking: "ask",
  });
});

it("an order is given to the connection alone", () => {
  const forward = { do: "forward", from: "127.0.0.1:8081", to: "127.0.0.1:8081" } as const;
  expect(orderArguments(forward, "/c")).toEqual([
    ...["-F", "none", "-S", "/c", "-O", "forward", "-L", "127.0.0.1:8081:127.0.0.1:8081", "--", "there"],
  ]);
});

it("a machine of ours is reached by a configuration of its own, and is given more time", () => {
  const machine = {
    of: "vm",
    cluster: "shop",
    config: "/state/vm/shop/ssh_config",
    docker: "/run/docker.sock",
  } as const;
  const words = connectArguments({ destination: "devenv-shop", machine }, "/c");
  expect(words.slice(0, 2)).toEqual(["-F", "/state/vm/shop/ssh_config"]);
  expect(words).toContain("ConnectTimeout=30");
  expect(words.slice(-3, -1)).toEqual(["--", "devenv-shop"]);
});
