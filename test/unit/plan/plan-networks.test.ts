import { beforeEach, describe, expect, test } from "vitest";
import { serviceName } from "../../../src/model/names.ts";
import type { Attachment } from "../../../src/model/network.ts";
import { desire } from "../../../src/plan/desired.ts";
import { changedVolumes } from "../../../src/plan/volume-changes.ts";
import { facts, network, profile, service, volume } from "./samples.ts";
import { lines, Scene, spellOut, type Wish } from "./scene.ts";

let scene: Scene;
beforeEach(() => {
  scene = new Scene();
});

const attachment = (key: string, ...aliases: string[]): Attachment => ({
  network: key,
  aliases,
  ipv4: undefined,
  ipv6: undefined,
});

const on = (...keys: string[]) => ({ kind: "networks", networks: keys.map((key) => attachment(key)) }) as const;

const web = service("web", { image: "nginx", attachments: on("front", "back") });
const db = service("db", { attachments: on("back") });
const wish: Wish = { services: [web, db], networks: [network("front"), network("back")] };

test("a container of several networks is created on the first and connected to the others before it starts", () => {
  expect(scene.text(wish)).toBe(
    lines(`
create network books_front  (no network yet)
create network books_back   (no network yet)
get image nginx             (not on the daemon yet)
get image postgres:15       (not on the daemon yet)
create web                  (no container yet)  [after network:books_front, network:books_back, image:nginx]
  - create container books-web-1
  - connect container books-web-1 to network books_back
start web                   (just created)  [after create:web]
wait for web                (just started)  [after start:web]
create db                   (no container yet)  [after network:books_back, image:postgres:15]
start db                    (just created)  [after create:db]
wait for db                 (just started)  [after start:db]
`),
  );
});

test("a service is found by its name and its aliases on each network, by its aliases alone where it says so", () => {
  const plain = { ...attachment("back", "database"), serviceAlias: false };
  const many = service("db", { attachments: { kind: "networks", networks: [attachment("front", "sql"), plain] } });
  const { spec } = desire(profile([many], { networks: wish.networks ?? [] }), facts()).services[0]?.containers[0] ?? {};
  expect(spec?.network).toMatchObject({
    endpoints: [
      { network: "books_front", aliases: ["db", "sql"] },
      { network: "books_back", aliases: ["database"] },
    ],
  });
});

describe("a network whose definition changed", () => {
  const changed = { ...wish, networks: [network("front"), network("back", { internal: true })] };

  test("is made anew, with all that is on it stopped before, and its containers replaced after", async () => {
    await scene.given(wish);
    expect(scene.text(changed)).toBe(
      lines(`
make network books_back anew  (its definition changed)
  - stop container books-web-1
  - stop container books-db-1
  - remove network books_back
  - create network books_back
replace web                   (its network is made anew)  [after network:books_back]
  - create container books-web-1.new
  - connect container books-web-1.new to network books_back
  - stop container books-web-1
  - rename container books-web-1 to books-web-1.old
  - rename container books-web-1.new to books-web-1
  - start container books-web-1
  - wait until web is running
remove books-web-1.old        (replaced)  [after start:web]
replace db                    (its network is made anew)  [after network:books_back]
  - create container books-db-1.new
  - stop container books-db-1
  - rename container books-db-1 to books-db-1.old
  - rename container books-db-1.new to books-db-1
  - start container books-db-1
  - wait until db is running
remove books-db-1.old         (replaced)  [after start:db]
`),
    );
    await scene.given(changed);
    expect(scene.text(changed)).toBe("nothing to do");
  });

  test("lets the old containers go back onto it when the new ones do not come up", async () => {
    await scene.given(wish);
    scene.world.fate = ({ kind }) => (kind === "await" ? "refused" : "done");
    expect(await scene.up(changed)).toBeDefined();
    expect(scene.world.answering("web")).toBe("image");
    expect(scene.world.answering("db")).toBe("image");
  });

  test("is left alone by a plan for some services", async () => {
    await scene.given(wish);
    expect(scene.text(changed, ["db"])).toBe("nothing to do");
  });

  test("is told from one that an older devenv made, which has no hash", async () => {
    await scene.given(wish);
    scene.world.networks.set("books_back", { id: scene.world.networks.get("books_back")?.id ?? 0, hash: undefined });
    expect(scene.text(changed)).toBe("nothing to do");
  });
});

test("a network of somebody else's is neither made nor changed, and its containers are on it by its own name", () => {
  const front = network("front", { name: "proxy", external: true });
  const desired = desire(...spellOut({ ...wish, networks: [front, network("back")] }));
  expect(desired.networks.map((one) => one.network.name)).toEqual(["books_back"]);
  expect(desired.external.networks).toEqual([front]);
  expect(desired.services[0]?.containers[0]?.spec.network).toMatchObject({ endpoints: [{ network: "proxy" }, {}] });
});

test.each(["none", "host", "bridge"] as const)(
  "a service with network_mode %s needs no network of the cluster",
  (kind) => {
    expect(scene.text({ services: [service("db", { attachments: { kind } })] })).not.toContain("network");
  },
);

describe("a service in the network of another", () => {
  const side = service("side", { attachments: { kind: "service", service: serviceName("db") } });
  const both: Wish = { ...wish, services: [side, db] };

  test("is created and started once that one runs", async () => {
    expect(scene.text(both)).toMatch(/^create side .*\[after image:postgres:15, create:db, start:db\]$/m);
    expect(scene.text(both)).toMatch(/^start side .*\[after create:side, start:db\]$/m);
    await scene.given(both);
    expect(scene.text(both)).toBe("nothing to do");
  });

  test("is replaced with it, because Docker ties it to that very container", async () => {
    await scene.given(both);
    const moved = { ...both, services: [side, { ...db, environment: { A: "1" } }] };
    expect(scene.text(moved)).toMatch(
      /^replace side +\(the container of db, which it shares, is made anew\) {2}\[after start:db\]$/m,
    );
    await scene.given(moved);
    expect(scene.text(moved)).toBe("nothing to do");
    expect(scene.world.answering("side")).toBe("image");
  });

  test("is replaced also where only its neighbour was, by a devenv that was killed", async () => {
    await scene.given(both);
    const moved = { ...both, services: [side, { ...db, environment: { A: "1" } }] };
    scene.world.fate = (operation) =>
      operation.kind === "create" && operation.name === "books-side-1.new" ? "killed" : "done";
    await scene.up(moved);
    scene.world.fate = () => "done";
    expect(scene.text(moved)).toMatch(/^replace side +\(the container whose network it was in is gone\)$/m);
  });

  test("is restarted when it is only started again", async () => {
    await scene.given(both);
    scene.container("books-db-1").state = "exited";
    expect(scene.text(both)).toMatch(/^restart side +\(db is started anew\) {2}\[after start:db\]$/m);
  });

  test("has its own name for the processes, the memory and the volumes of others, too", () => {
    const settings = { pid: "service:db", ipc: "service:db", volumesFrom: ["db:ro", "container:theirs"] };
    const { services } = desire(...spellOut({ ...wish, services: [service("side", { settings }), db] }));
    expect(services[0]?.containers[0]?.spec.settings).toEqual({
      pid: "container:books-db-1",
      ipc: "container:books-db-1",
      volumesFrom: ["books-db-1:ro", "theirs"],
    });
    expect(services[0]?.dependencies).toEqual([
      { service: "db", condition: "service_started", required: true, restart: true },
    ]);
  });
});

describe("a volume whose definition changed", () => {
  const there = (changes: object) => {
    scene.world.volumes.add("books_data");
    return {
      ...scene.world.observe(),
      volumes: [{ name: "books_data", driver: "local", driverOptions: {}, labels: {}, ...changes }],
    };
  };
  const desired = (changes: object) => desire(profile([], { volumes: [{ ...volume("data"), ...changes }] }), facts());

  test("stays, and what differs is said with what to do", () => {
    expect(changedVolumes(desired({ driver: "nfs", driverOptions: { device: ":/a" } }), there({}))).toEqual([
      "volume books_data stays as it was made, because of what it holds: its driver is local, the profile says nfs; its driver_opts.device is not set, the profile says :/a. `devenv down` and `docker volume rm books_data` make way for a new one, without its data.",
    ]);
  });

  test("is not told of where it is the same, or has labels besides the profile's", () => {
    expect(changedVolumes(desired({}), there({ labels: { "dev.devenv.cluster": "books" } }))).toEqual([]);
    expect(changedVolumes(desired({ labels: { a: "1" } }), there({ labels: { a: "1", b: "2" } }))).toEqual([]);
  });
});
