import { join } from "node:path";
import { expect, test } from "vitest";
import { connect } from "../../src/docker/connect.ts";
import { LABEL } from "../../src/model/container.ts";
import { type ContainerId, serviceName } from "../../src/model/names.ts";
import { get } from "../harness/cluster-view.ts";
import { bridge, containerSpec, labelsOf, on } from "../harness/container-spec.ts";
import { createContainer, testDaemon } from "../harness/docker.ts";
import { programs } from "../harness/programs.ts";
import { volume } from "../unit/plan/samples.ts";

const { daemon, endpoint, newCluster } = await testDaemon();
const { folder } = await programs();
const mounts = [{ kind: "bind", source: folder, target: "/programs", readOnly: true }] as const;

test("the daemon says what it is, in Go's words for its platform", async () => {
  const info = await daemon.info();
  expect(info.platform.os).toBe("linux");
  expect(["amd64", "arm64"]).toContain(info.platform.arch);
  expect(Number(info.apiVersion.split(".")[1])).toBeGreaterThanOrEqual(41);
  expect(info.operatingSystem).not.toBe("");
});

test("no daemon at an address is the environment's failure, and the same connection works once one is there", async () => {
  const nowhere = connect({ kind: "unix", path: join(folder, "no.sock") });
  await expect(nowhere.observe()).rejects.toMatchObject({
    class: "environment",
    message: expect.stringMatching(/^no Docker daemon answers at unix:.*no\.sock$/),
    hint: expect.stringContaining("engine"),
  });
  await expect(connect({ kind: "tcp", host: "127.0.0.1", port: 1 }).info()).rejects.toMatchObject({
    class: "environment",
    message: "no Docker daemon answers at tcp://127.0.0.1:1",
  });
});

test("a container lives from its creation to its removal as it is observed", async () => {
  const cluster = newCluster();
  const id = await createContainer(daemon, containerSpec(cluster, { mounts, command: ["/programs/never-listens"] }));
  const [created] = (await daemon.observe(cluster)).containers;
  expect(created).toMatchObject({ id, name: `${cluster}-web`, service: "web", state: "created", address: undefined });
  expect(created).toMatchObject({ hash: "0000", provider: "docker", environment: "local", workspace: "/nowhere" });

  await daemon.start(id);
  await daemon.start(id);
  const [running] = (await daemon.observe(cluster)).containers;
  expect(running).toMatchObject({ state: "running", health: "none", statusText: expect.stringMatching(/^Up /) });
  const detail = await daemon.inspect(id);
  expect(detail).toMatchObject({ id, state: "running", restarts: 0, oomKilled: false, address: running?.address });
  expect(detail.pid).toBeGreaterThan(1);

  await daemon.rename(id, `${cluster}-renamed`);
  expect((await daemon.observe(cluster)).containers[0]?.name).toBe(`${cluster}-renamed`);

  // From then on it hears a TERM, which is nothing to the first process of a container that asks for none.
  await expect.poll(() => textsOf(id)).toContain("waiting for a lock that nobody gives back");
  await daemon.stop(id, 20_000);
  await daemon.stop(id, 20_000);
  expect(await daemon.inspect(id)).toMatchObject({ state: "exited", exitCode: 0, pid: 0 });

  await daemon.remove(id);
  await daemon.remove(id);
  expect((await daemon.observe(cluster)).containers).toEqual([]);
});

test("a restart starts the same container's program anew", async () => {
  const cluster = newCluster();
  const id = await createContainer(daemon, containerSpec(cluster, { mounts, command: ["/programs/speaks", "waits"] }));
  await daemon.start(id);
  const before = await daemon.inspect(id);
  await daemon.restart(id, 1000);
  const after = await daemon.inspect(id);
  expect(after.state).toBe("running");
  expect(after.pid).not.toBe(before.pid);
  expect(after.startedAt > before.startedAt).toBe(true);
});

test("waiting gives the exit code, a signal ends the program, and aborting ends the waiting", async () => {
  const cluster = newCluster();
  const waits = containerSpec(cluster, { mounts, command: ["/programs/never-listens"] });
  const id = await createContainer(daemon, waits);
  await daemon.start(id);
  const given = new AbortController();
  const aborted = daemon.wait(id, given.signal);
  given.abort();
  await expect(aborted).rejects.toMatchObject({ exitCode: 130 });
  const ended = daemon.wait(id);
  await daemon.signal(id, "KILL");
  expect(await ended).toBe(137);

  const crashing = containerSpec(cluster, {
    service: serviceName("crashing"),
    mounts,
    command: ["/programs/crashes-at-start"],
  });
  const crashed = await createContainer(daemon, crashing);
  await daemon.start(crashed);
  expect(await daemon.wait(crashed)).toBe(2);
  expect(await daemon.inspect(crashed)).toMatchObject({ state: "exited", exitCode: 2 });
});

test("a published port answers on this machine, and is observed as it was asked for", async () => {
  const cluster = newCluster();
  const ports = [{ hostAddress: "127.0.0.1", hostPort: 0, containerPort: 8080, protocol: "tcp" }] as const;
  const id = await createContainer(
    daemon,
    containerSpec(cluster, { mounts, ports, command: ["/programs/answers"], environment: { VERSION: "one" } }),
  );
  await daemon.start(id);
  const [running] = (await daemon.observe(cluster)).containers;
  const [port] = running?.ports ?? [];
  expect(running?.ports).toHaveLength(1);
  expect(port).toMatchObject({ hostAddress: "127.0.0.1", containerPort: 8080, protocol: "tcp" });
  await expect.poll(() => get("127.0.0.1", port?.hostPort ?? 0)).toBe("one");
  expect(await get(running?.address ?? "", 8080)).toBe("one");
});

test("a port that is taken fails with the daemon's words, which name it, and says what to do", async () => {
  const cluster = newCluster();
  const free = { hostAddress: "127.0.0.1", hostPort: 0, containerPort: 8080, protocol: "tcp" } as const;
  const first = await createContainer(
    daemon,
    containerSpec(cluster, { mounts, ports: [free], command: ["/programs/answers"] }),
  );
  await daemon.start(first);
  const hostPort = (await daemon.observe(cluster)).containers[0]?.ports[0]?.hostPort ?? 0;
  const second = containerSpec(cluster, {
    service: serviceName("second"),
    mounts,
    ports: [{ ...free, hostPort }],
    command: ["/programs/answers"],
  });
  const id = await createContainer(daemon, second);
  await expect(daemon.start(id)).rejects.toMatchObject({
    exitCode: 1,
    message: expect.stringContaining(String(hostPort)),
    hint: expect.stringContaining("`ports`"),
  });
});

test("health is read from the container's own check, with the words of the last that failed", async () => {
  const cluster = newCluster();
  const check = (path: string) => ({
    test: ["CMD", "/programs/speaks", "check", path],
    intervalMs: 100,
    timeoutMs: 20_000,
    startPeriodMs: undefined,
    retries: 1,
  });
  const well = containerSpec(cluster, {
    mounts,
    command: ["/programs/speaks", "waits"],
    healthcheck: check("/programs/speaks"),
  });
  const ill = { ...well, service: serviceName("ill"), healthcheck: check("/nowhere") };
  const ids = [await createContainer(daemon, well), await createContainer(daemon, ill)];
  await Promise.all(ids.map((id) => daemon.start(id)));
  const healthOf = async () => {
    const { containers } = await daemon.observe(cluster);
    return Object.fromEntries(containers.map(({ id, health }) => [ids.indexOf(id), health]));
  };
  await expect.poll(healthOf, { timeout: 20_000 }).toEqual({ 0: "healthy", 1: "unhealthy" });
  expect((await daemon.inspect(ids[1] ?? "")).healthOutput).toContain("no such file or directory");
});

test("what the profile wants of a container reaches its program", async () => {
  const cluster = newCluster();
  await daemon.createNetwork(cluster, bridge(cluster), { [LABEL.cluster]: cluster });
  await daemon.createVolume(`${cluster}-data`, volume("data"), { [LABEL.cluster]: cluster });
  const data = { kind: "volume", source: `${cluster}-data`, target: "/data", readOnly: false } as const;
  const id = await createContainer(
    daemon,
    containerSpec(cluster, {
      mounts: [...mounts, data],
      entrypoint: ["/programs/speaks"],
      command: ["whereabouts"],
      user: "1234",
      workingDir: "/data",
      tmpfs: { "/scratch": "size=1m" },
      init: true,
    }),
  );
  const lines = await daemon.attach(id, serviceName("web"), new AbortController().signal);
  await daemon.start(id);
  const texts: string[] = [];
  for await (const batch of lines) texts.push(...batch.map(({ text }) => text));
  expect(texts).toEqual(["/data 1234 terminal=false"]);
});

test("containers of one cluster find each other by alias", async () => {
  const cluster = newCluster();
  const spec = containerSpec(cluster, {
    mounts,
    network: on(cluster, "books", "library"),
    command: ["/programs/answers"],
  });
  await daemon.start(await createContainer(daemon, { ...spec, environment: { VERSION: "from books" } }));
  const asking = containerSpec(cluster, {
    service: serviceName("asking"),
    mounts,
    restart: { kind: "on-failure", maxRetries: 50 },
    command: ["/programs/speaks", "get", "http://library:8080/"],
  });
  const id = await createContainer(daemon, asking);
  await daemon.start(id);
  await expect.poll(() => textsOf(id)).toContain("from books");
});

test("nothing without our label is removed, whatever its name, and no volume of somebody else's is taken over", async () => {
  const cluster = newCluster();
  const theirs = { "com.example": "theirs" };
  const spec = containerSpec(cluster, { mounts, command: ["/programs/speaks", "waits"] });
  const id = await createContainer(daemon, { ...spec, service: serviceName("foreign") });
  await daemon.remove(id);
  await daemon.createNetwork(`${cluster}-foreign`, bridge(`${cluster}-foreign`), theirs);
  const foreign = await daemon.create(`${cluster}-foreign`, {
    ...spec,
    labels: theirs,
    network: on(`${cluster}-foreign`),
  });
  // Taken in by a label-less creation, the way somebody else would have made it.
  await expect(daemon.createVolume(`${cluster}-foreign`, volume("data"), theirs)).rejects.toThrow("is not devenv's");
  try {
    await expect(daemon.remove(foreign)).rejects.toThrow(`container ${cluster}-foreign is not devenv's`);
    await expect(daemon.removeNetwork(`${cluster}-foreign`)).rejects.toThrow(
      `network ${cluster}-foreign is not devenv's`,
    );
    await expect(daemon.removeVolume(`${cluster}-foreign`)).rejects.toThrow(
      `volume ${cluster}-foreign is not devenv's`,
    );
    const labels = { [LABEL.cluster]: cluster };
    await expect(daemon.createVolume(`${cluster}-foreign`, volume("data"), labels)).rejects.toThrow("is not devenv's");
    expect((await daemon.observe(cluster)).containers).toEqual([]);
    expect((await daemon.inspect(foreign)).state).toBe("created");
  } finally {
    await removeForeign(`${cluster}-foreign`);
  }
});

test("networks and volumes of a cluster are made, observed and removed, twice without complaint", async () => {
  const cluster = newCluster();
  const other = newCluster();
  const labels = labelsOf(cluster);
  await daemon.createNetwork(`${cluster}-net`, bridge(`${cluster}-net`), labels);
  await daemon.createVolume(`${cluster}-data`, volume("data"), labels);
  await daemon.createVolume(`${other}-data`, volume("data"), labelsOf(other));
  expect(await daemon.observe(cluster)).toEqual({
    containers: [],
    networks: [{ name: `${cluster}-net`, id: expect.any(String), hash: "0000" }],
    volumes: [{ name: `${cluster}-data`, driver: "local", driverOptions: {}, labels }],
  });
  expect((await daemon.observe()).volumes.map(({ name }) => name)).toEqual(
    expect.arrayContaining([`${cluster}-data`, `${other}-data`]),
  );
  await expect(daemon.createNetwork(`${cluster}-net`, bridge(`${cluster}-net`), labels)).rejects.toThrow(
    "already exists",
  );
  for (const _ of [1, 2]) {
    await daemon.removeNetwork(`${cluster}-net`);
    await daemon.removeVolume(`${cluster}-data`);
  }
  expect(await daemon.observe(cluster)).toEqual({ containers: [], networks: [], volumes: [] });
});

test("a container that is not there is a failure with the daemon's words", async () => {
  await expect(daemon.start("nobody-knows-it")).rejects.toMatchObject({
    name: "Failure",
    exitCode: 1,
    message: "cannot start container nobody-knows-it: No such container: nobody-knows-it",
  });
});

/** What a container has said. */
async function textsOf(id: ContainerId): Promise<string[]> {
  const found: string[] = [];
  for await (const { text } of daemon.logs(id, serviceName("web"), { follow: false })) found.push(text);
  return found;
}

/** With the daemon's own client: ours refuses, as it should. */
async function removeForeign(name: string): Promise<void> {
  const { systemProcesses } = await import("../../src/host/process.ts");
  const docker = async (...args: string[]) => {
    const address = endpoint.address.kind === "unix" ? `unix://${endpoint.address.path}` : "";
    const { code, output } = await systemProcesses.run("docker", ["--host", address, ...args]);
    if (code !== 0) throw new Error(output);
  };
  await docker("container", "rm", name);
  await docker("network", "rm", name);
  await docker("volume", "rm", name);
}
