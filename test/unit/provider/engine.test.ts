import { mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { daemonConfig, rememberedRange, writeConfig } from "../../../src/provider/engine/config.ts";
import { clearRemains, enginePid } from "../../../src/provider/engine/daemon-process.ts";
import { engineLayout, type Layout } from "../../../src/provider/engine/layout.ts";
import { boundLog, lastLines } from "../../../src/provider/engine/log.ts";
import { chooseAddresses, overlaps, planOf } from "../../../src/provider/engine/range.ts";
import { startEngine } from "../../../src/provider/engine/start.ts";
import { stopEngine } from "../../../src/provider/engine/stop.ts";
import { knownCause } from "../../../src/provider/engine/trouble.ts";
import { engineStatus } from "../../../src/provider/engine.ts";
import { installCommand } from "../../../src/provider/programs.ts";
import type { Surroundings } from "../../../src/provider/surroundings.ts";
import { surroundingsIn } from "./surroundings.ts";

let folder: string;
let layout: Layout;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "dv-"));
  layout = await engineLayout(surroundingsIn(folder));
  mkdirSync(layout.folder, { recursive: true });
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const as = (uid: number, surroundings: Surroundings): Surroundings => ({
  ...surroundings,
  machine: { ...surroundings.machine, uid },
});

describe("the engine's addresses", () => {
  it("avoid every route of the machine, however large", () => {
    expect(chooseAddresses(["default", "172.17.0.0/16", "192.168.1.0/24"])?.range).toBe("10.213.0.0/16");
    expect(chooseAddresses(["10.213.4.0/24", "10.214.0.9"])?.range).toBe("10.215.0.0/16");
    expect(chooseAddresses(["10.0.0.0/8"])?.range).toBe("172.31.0.0/16");
    expect(chooseAddresses(["10.0.0.0/8", "172.16.0.0/12"])?.range).toBe("198.18.0.0/16");
    expect(chooseAddresses(["0.0.0.0/1", "128.0.0.0/1"])).toBeUndefined();
  });

  it("stay what they were as long as they are free", () => {
    expect(chooseAddresses([], "10.220.0.0/16")?.range).toBe("10.220.0.0/16");
    expect(chooseAddresses(["10.220.8.0/24"], "10.220.0.0/16")?.range).toBe("10.213.0.0/16");
  });

  it("never overlap what is taken, and keep the bridge out of the networks' pool", () => {
    const address = fc.tuple(fc.constantFrom(10, 172, 192, 198), fc.nat(255), fc.nat(255), fc.nat(255));
    const route = fc
      .tuple(address, fc.integer({ min: 8, max: 32 }))
      .map(([parts, bits]) => `${parts.join(".")}/${bits}`);
    fc.assert(
      fc.property(fc.array(route, { maxLength: 60 }), (taken) => {
        const plan = chooseAddresses(taken);
        if (!plan) return;
        expect(taken.filter((other) => overlaps(plan.range, other))).toEqual([]);
        expect(overlaps(plan.bridge, plan.pool)).toBe(false);
        expect(overlaps(plan.bridge, plan.range) && overlaps(plan.pool, plan.range)).toBe(true);
      }),
    );
  });
});

describe("the engine's folders", () => {
  it("are all below the state folder", async () => {
    const within = ({ socket, pid, log, exec, data }: Layout) =>
      [socket, pid, log, exec, data].map((path) => path.slice(layout.folder.length + 1));
    const roots = await engineLayout(as(0, surroundingsIn(folder)));
    expect(within(roots)).toEqual(["docker.sock", "pid", "log", "exec", "data"]);
    expect(within(layout)).toEqual(["docker.sock", "pid", "log", "exec-rootless", "data-rootless"]);
  });

  it.each(["x".repeat(60), "a b"])("have a short place for sockets when the path is %j", async (name) => {
    const surroundings = surroundingsIn(join(folder, name), { XDG_RUNTIME_DIR: "/run/user/1000" });
    const { socket, data } = await engineLayout(surroundings);
    expect(socket).toMatch(/^\/run\/user\/1000\/devenv-[0-9a-f]{12}\/docker\.sock$/);
    expect(data.startsWith(surroundings.folders.state)).toBe(true);
    expect((await engineLayout(as(0, surroundings))).socket).toMatch(/^\/run\/devenv-[0-9a-f]{12}\/docker\.sock$/);
  });

  it("are refused with advice when there is no short place", async () => {
    const long = engineLayout(surroundingsIn(join(folder, "x".repeat(60))));
    await expect(long).rejects.toMatchObject({ class: "environment", hint: expect.stringContaining("XDG_STATE_HOME") });
  });

  it("are those of the person behind sudo", async () => {
    const { owner, folder: theirs } = await engineLayout(as(0, surroundingsIn(folder, { SUDO_UID: "1" })));
    expect(owner).toMatchObject({ uid: 1 });
    expect(theirs).toMatch(/\/\.local\/state\/devenv\/engine$/);
    expect(theirs.startsWith(folder)).toBe(false);
  });

  it.each([
    ["root who used sudo", 0, "0"],
    ["someone who only has the variable", 1000, "1"],
    ["root, when nobody has that number", 0, "4294000000"],
  ])("are one's own for %s", async (_, uid, sudoUid) => {
    const own = await engineLayout(as(uid, surroundingsIn(folder, { SUDO_UID: sudoUid })));
    expect(own).toMatchObject({ owner: undefined, folder: layout.folder });
  });
});

describe("the engine's settings", () => {
  const bridge = { name: "devenv0", addresses: planOf("10.213.0.0/16") };

  it("have a bridge of its own, and leave the machine's packet rules alone", () => {
    expect(daemonConfig(layout, bridge)).toMatchObject({
      hosts: [`unix://${layout.socket}`],
      bridge: "devenv0",
      iptables: false,
      "live-restore": true,
      "default-address-pools": [{ base: "10.213.128.0/17", size: 24 }],
    });
  });

  it("leave network and rules to dockerd where it has its own, without root", () => {
    const rootless = daemonConfig(layout, undefined);
    expect(rootless).toMatchObject({ "exec-root": layout.exec });
    for (const key of ["bridge", "iptables", "live-restore"]) expect(rootless).not.toHaveProperty(key);
  });

  it("remember the range of the last start", async () => {
    expect(await rememberedRange(layout)).toBeUndefined();
    await writeConfig(layout, { name: "devenv3", addresses: planOf("10.220.0.0/16") });
    expect(await rememberedRange(layout)).toBe("10.220.0.0/16");
    writeFileSync(layout.config, "{");
    expect(await rememberedRange(layout)).toBeUndefined();
  });
});

describe.skipIf(process.platform !== "linux")("a pid file", () => {
  it("is not believed when its number belongs to another program", async () => {
    writeFileSync(layout.pid, `${process.pid}\n`);
    expect(enginePid(layout)).toBeUndefined();
    expect(await stopEngine(surroundingsIn(folder), () => {})).toBe(false);
    expect(await engineStatus(surroundingsIn(folder))).toMatchObject({
      running: false,
      pid: undefined,
      since: undefined,
    });
  });

  it("of a dead dockerd, and of its containerd, is cleared away", async () => {
    const containerd = join(layout.exec, "containerd/containerd.pid");
    mkdirSync(join(layout.exec, "containerd"), { recursive: true });
    for (const path of [layout.pid, containerd]) writeFileSync(path, `${process.pid}`);
    await clearRemains(layout);
    for (const path of [layout.pid, containerd]) expect(statSync(path, { throwIfNoEntry: false })).toBeUndefined();
  });
});

describe("the engine's log", () => {
  it("keeps its end when it has grown too large, and is cut in place", async () => {
    const line = `${"x".repeat(1023)}\n`;
    writeFileSync(layout.log, `${line.repeat(6 * 1024)}the end\n`);
    const { ino } = statSync(layout.log);
    await boundLog(layout.log);
    expect(statSync(layout.log)).toMatchObject({ ino, size: 0 });
    expect(statSync(`${layout.log}.1`).size).toBe(1024 * 1024);
    expect(await lastLines({ ...layout, log: `${layout.log}.1` }, 1)).toBe("the end");
  });

  it("is left alone when it is small, or not there", async () => {
    await boundLog(layout.log);
    writeFileSync(layout.log, "one\ntwo\nthree\n");
    await boundLog(layout.log);
    expect(await lastLines(layout, 2)).toBe("two\nthree");
  });
});

describe("an engine that cannot be started", () => {
  it("says that there is none but on Linux", async () => {
    const surroundings = surroundingsIn(folder);
    const onMac = { ...surroundings, machine: { ...surroundings.machine, platform: "darwin" as const } };
    const start = startEngine(onMac, () => {});
    await expect(start).rejects.toMatchObject({ class: "environment", message: expect.stringContaining("Linux only") });
  });

  it.each([
    ["ID=debian\n", "`sudo apt-get install docker.io iptables`"],
    ['ID=linuxmint\nID_LIKE="ubuntu debian"\n', "`sudo apt-get install docker.io iptables`"],
    ["ID=fedora\n", "`sudo dnf install moby-engine iptables`"],
    ["ID=nixos\n", "your system's way to install the Docker engine, iptables"],
  ])("names the installer of %j", (osRelease, command) => {
    expect(installCommand(["engine", "iptables"], osRelease)).toBe(command);
  });

  it("names what the machine lacks, the disk first", () => {
    const fine = { diskFree: 2 ** 30, hasCgroups: true, hasOverlay: true };
    expect(knownCause(fine)).toBeUndefined();
    expect(knownCause({ ...fine, hasOverlay: false })).toContain("modprobe overlay");
    expect(knownCause({ ...fine, hasCgroups: false, hasOverlay: false })).toContain("control groups");
    expect(knownCause({ diskFree: 0, hasCgroups: false, hasOverlay: false })).toContain("disk is full");
  });
});
