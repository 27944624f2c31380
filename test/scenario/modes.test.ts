import { readFile } from "node:fs/promises";
import { createServer as createHttpsServer } from "node:https";
import { connect } from "node:net";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { makeCertificates } from "../harness/certificates.ts";
import { get } from "../harness/cluster-view.ts";
import { eventually } from "../harness/eventually.ts";
import { freePort } from "../harness/free-port.ts";
import { answering, echoing, type ModesCluster, modesCluster, type Program, started } from "./modes-cluster.ts";

let cluster: ModesCluster;
const programs: Program[] = [];

const running = async (program: Promise<Program>): Promise<Program> => {
  programs.push(await program);
  return program;
};

beforeAll(async () => {
  cluster = await modesCluster();
});
afterAll(() => cluster.remove());
afterEach(async () => {
  await Promise.all(programs.splice(0).map((program) => program.close()));
  await cluster.run("use", "--clear");
});

const use = (...words: string[]) => cluster.run("use", ...words);
/** Who asked it to end waits until it takes no more orders; it looks at its containers every five seconds. */
const untilNoRelay = () => eventually(cluster.relayPid, (pid) => pid === undefined, { withinMs: 30_000 });

describe("a service in mode host", () => {
  it("is where the others and this machine always found it, and no other container is touched", async () => {
    const debugged = await running(answering("from a debugger"));
    const before = await cluster.others("search");
    expect(await cluster.askInside("http://search:8080/")).toBe("ci");

    const { code, stdout } = await use(`search=host:${debugged.port}`);
    expect(stdout).toMatch(new RegExp(`search +host -> host:${debugged.port}`));
    expect(code).toBe(0);
    expect(await cluster.askInside("http://search:8080/")).toBe("from a debugger");
    expect(await get("127.0.0.1", cluster.port)).toBe("from a debugger");
    expect(await cluster.others("search")).toEqual(before);
    expect(await cluster.view.statusOf("search")).toMatchObject({
      state: "ready",
      mode: "host",
      build: `host:${debugged.port}`,
      ready: true,
      address: `http://127.0.0.1:${cluster.port}`,
    });

    expect((await use("search=ci")).code).toBe(0);
    expect(await cluster.askInside("http://search:8080/")).toBe("ci");
    expect(await get("127.0.0.1", cluster.port)).toBe("ci");
    expect(await cluster.others("search")).toEqual(before);
  });

  it("is led to another port without a container being touched, and says so when it is there already", async () => {
    const [one, other] = [await running(answering("one")), await running(answering("other"))];
    await use(`search=host:${one.port}`);
    const before = await cluster.others();
    expect((await use(`search=host:${other.port}`)).code).toBe(0);
    expect(await cluster.askInside("http://search:8080/")).toBe("other");
    expect(await cluster.others()).toEqual(before);
    expect((await use(`search=host:${other.port}`)).stdout).toContain("Nothing to do");
    expect((await cluster.run("up")).stdout).toContain("Nothing to do");
  });

  it("may be one of several, each with its own program", async () => {
    const [one, other] = [await running(answering("one")), await running(answering("other"))];
    await use(`search=host:${one.port}`, `reviews=host:${other.port}`);
    expect(await cluster.askInside("http://search:8080/")).toBe("one");
    expect(await cluster.askInside("http://reviews:8080/")).toBe("other");
    await use("--clear", "search");
    expect(await cluster.askInside("http://search:8080/")).toBe("ci");
    expect(await cluster.askInside("http://reviews:8080/")).toBe("other");
  });

  it("is unhealthy while nothing listens there, with the reason, and ready as soon as something does", async () => {
    const port = await freePort();
    expect((await use(`search=host:${port}`)).code).toBe(0);
    expect(await cluster.view.statusOf("search")).toMatchObject({
      state: "unhealthy",
      ready: false,
      reason: `nothing listens on 127.0.0.1:${port}`,
    });
    const debugged = await running(answering("started later"));
    await use(`search=host:${debugged.port}`);
    expect(await cluster.view.statusOf("search")).toMatchObject({ state: "ready" });
  });

  it("carries many connections at once, and much on one, with each half on its own", async () => {
    const { port } = await running(echoing());
    await use(`search=host:${port}`);
    const say = (text: string | Buffer) =>
      new Promise<Buffer>((resolve, reject) => {
        const socket = connect({ host: "127.0.0.1", port: cluster.port, allowHalfOpen: true });
        const pieces: Buffer[] = [];
        socket.on("data", (piece) => pieces.push(piece));
        socket.on("end", () => resolve(Buffer.concat(pieces)));
        socket.on("error", reject);
        socket.end(text);
      });
    const answers = await Promise.all(Array.from({ length: 100 }, (_, index) => say(`number ${index}`)));
    expect(answers.map(String)).toEqual(Array.from({ length: 100 }, (_, index) => `number ${index}`));
    const much = Buffer.alloc(100 * 1024 * 1024, "devenv");
    expect((await say(much)).equals(much)).toBe(true);
  });

  it("survives down and up, with the relay ended and started", async () => {
    const debugged = await running(answering("still here"));
    await use(`search=host:${debugged.port}`);
    const relay = await cluster.relayPid();
    expect(relay).toBeDefined();
    expect((await cluster.run("down")).code).toBe(0);
    await untilNoRelay();
    expect(await cluster.view.statusOf("search")).toMatchObject({ state: "off", mode: "host" });
    expect((await cluster.run("up")).code).toBe(0);
    expect(await cluster.askInside("http://search:8080/")).toBe("still here");
    expect(await cluster.relayPid()).not.toBe(relay);
  });
});

describe("the relay", () => {
  it("is told by status when it was killed, and mended by the next up", async () => {
    const debugged = await running(answering("again"));
    await use(`search=host:${debugged.port}`);
    const relay = await cluster.relayPid();
    process.kill(relay ?? expect.unreachable(), "SIGKILL");
    await untilNoRelay();
    expect(await cluster.view.statusOf("search")).toMatchObject({
      state: "unhealthy",
      reason: `the relay that leads it to host:${debugged.port} does not run; \`devenv up\` starts it`,
    });
    const before = await cluster.others();
    expect((await cluster.run("up")).code).toBe(0);
    expect(await cluster.askInside("http://search:8080/")).toBe("again");
    expect(await cluster.others()).toEqual(before);
  });

  it("ends when the last service is taken back", async () => {
    const debugged = await running(answering("not for long"));
    await use(`search=host:${debugged.port}`);
    expect(await cluster.relayPid()).toBeDefined();
    await use("--clear");
    await untilNoRelay();
  });

  it("is started once by two who want it at the same time", async () => {
    const [one, other] = [await running(answering("one")), await running(answering("other"))];
    const both = await Promise.all([use(`search=host:${one.port}`), use(`reviews=host:${other.port}`)]);
    expect(both.map(({ code }) => code)).toEqual([0, 0]);
    expect(await cluster.askInside("http://search:8080/")).toBe("one");
    expect(await cluster.askInside("http://reviews:8080/")).toBe("other");
  });

  it("ends by itself when somebody removed the cluster's containers", async () => {
    const debugged = await running(answering("gone"));
    await use(`search=host:${debugged.port}`);
    await cluster.view.docker("rm", "-f", ...(await cluster.view.containers()));
    await untilNoRelay();
    expect((await cluster.run("up")).code).toBe(0);
    expect(await cluster.askInside("http://search:8080/")).toBe("gone");
  });
});

describe("a service in mode remote", () => {
  it("is led to an https address below a path, under its name, its certificate checked", async () => {
    const certificates = await makeCertificates("DNS:localhost");
    const [cert, key] = await Promise.all([readFile(certificates.certificate), readFile(certificates.key)]);
    const remote = createHttpsServer({ cert, key }, (asked, answer) => answer.end(`${asked.headers.host}${asked.url}`));
    const { port } = await running(started(remote));
    const before = await cluster.others("search");

    expect((await use(`search=remote:https://ada:unshown-word@localhost:${port}/v1`)).code).toBe(0);
    expect(await cluster.view.statusOf("search")).toMatchObject({
      state: "unhealthy",
      mode: "remote",
      build: `https://…@localhost:${port}/v1`,
      reason: expect.stringMatching(/^the certificate of localhost:\d+ is not trusted/),
    });

    const trusting = { env: { NODE_EXTRA_CA_CERTS: certificates.authority } };
    const again = await cluster.view.runWith(
      trusting,
      "use",
      `search=remote:https://ada:unshown-word@localhost:${port}/v1`,
    );
    expect(again.code).toBe(0);
    expect(again.output).not.toContain("unshown-word");
    expect(await cluster.askInside("http://search:8080/books?from=7")).toBe(`localhost:${port}/v1/books?from=7`);
    expect(await cluster.view.statusOf("search")).toMatchObject({ state: "ready", mode: "remote" });
    const told = await Promise.all(["status", "use"].map((command) => cluster.run(command, "--json")));
    expect(told.map(({ output }) => output).join()).not.toContain("unshown-word");
    expect(await cluster.others("search")).toEqual(before);
    await certificates.remove();
  });
});

describe("a service that is off", () => {
  it("has no container, and who depends on it is named by use and by up", async () => {
    const before = await cluster.others("search");
    const { code, stdout } = await use("search=off");
    expect(stdout).toContain("gateway depends on search, which is off");
    expect(code).toBe(0);
    expect(await cluster.others()).toEqual(before);
    expect(await cluster.view.statusOf("search")).toMatchObject({ state: "off", mode: "off", build: null });
    await cluster.run("down");
    const up = await cluster.run("up");
    expect(up.code).toBe(0);
    expect(up.stdout).toContain("gateway depends on search, which is off");
    expect(await cluster.view.containers()).not.toContain(`${cluster.cluster}-search-1`);
    expect(await cluster.view.answer("gateway")).toBe("ci");
  });
});

describe("a mode that the profile says", () => {
  it("comes with up and goes with it, and status tells what is until then", async () => {
    const debugged = await running(answering("as the profile says"));
    const said = `mode: "host:${debugged.port}"\n      repo: repos/search`;
    await cluster.view.editProfile("repo: repos/search", said);
    expect(await cluster.view.statusOf("search")).toMatchObject({ state: "ready", mode: "ci", build: "ci:124" });
    const before = await cluster.others("search");
    expect((await cluster.run("up")).code).toBe(0);
    expect(await cluster.askInside("http://search:8080/")).toBe("as the profile says");
    expect((await use("--list")).stdout).toMatch(new RegExp(`^search +host +profile +host:${debugged.port}$`, "m"));

    expect((await use("search=ci")).code).toBe(0); // a choice goes before it
    expect(await cluster.askInside("http://search:8080/")).toBe("ci");
    await use("--clear");
    expect(await cluster.askInside("http://search:8080/")).toBe("as the profile says");

    await cluster.view.editProfile(said, "repo: repos/search");
    expect(await cluster.view.statusOf("search")).toMatchObject({ mode: "host", build: `host:${debugged.port}` });
    expect((await cluster.run("up")).code).toBe(0);
    expect(await cluster.askInside("http://search:8080/")).toBe("ci");
    await untilNoRelay();
    expect(await cluster.others("search")).toEqual(before);
  });
});

it("refuses to restart what is not in its container", async () => {
  const debugged = await running(answering("here"));
  await use(`search=host:${debugged.port}`);
  const { code, stderr } = await cluster.run("restart", "search");
  expect(stderr).toContain(`search is in mode host:${debugged.port}: there is no process of it here to restart`);
  expect(code).toBe(1);
  expect(await cluster.askInside("http://search:8080/")).toBe("here");
});
