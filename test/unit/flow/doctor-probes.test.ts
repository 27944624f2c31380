import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { type DatedCertificate, datesChecks } from "../../../src/flow/doctor/certificate-checks.ts";
import { clockCheck } from "../../../src/flow/doctor/clock-check.ts";
import { containerChecks, mountChecks } from "../../../src/flow/doctor/container-checks.ts";
import { freeBytes } from "../../../src/flow/doctor/container-probe.ts";
import type { Machine } from "../../../src/flow/machine.ts";
import type { Endpoint } from "../../../src/model/endpoint.ts";
import { failed } from "../../../src/model/failure.ts";
import type { Inquiry } from "../../../src/provider/inquiry.ts";

const NOW = Date.parse("2026-11-21T12:00:00Z");
const HERE = { sharesSockets: true };

describe("the clock of a daemon", () => {
  const saying = (systemTime: string) => ({ answered: true, answer: { systemTime } }) as Inquiry;
  const asked = { before: NOW, ms: 20 };

  it.each([
    ["2026-11-21T12:00:00.010000001Z", "ok the daemon's clock and this machine's agree"],
    ["2026-11-21T13:00:01.5+01:00", "ok the daemon's clock and this machine's agree"],
    ["2026-11-21T12:00:02.5Z", "warn the daemon's clock is 2.5 s ahead of this machine's"],
    ["2026-11-21T11:50:00.010Z", "warn the daemon's clock is 10 min 0 s behind this machine's"],
  ])("that says %s: %s", (time, words) => {
    expect(clockCheck(saying(time), asked, HERE).map(({ state, what }) => `${state} ${what}`)).toEqual([words]);
  });

  it("is judged no closer than the way to it allows", () => {
    const late = saying("2026-11-21T12:00:00Z");
    expect(clockCheck(late, { before: NOW, ms: 6000 }, HERE)[0]?.state).toBe("ok");
  });

  it("is not spoken of where it was not told", () => {
    expect(clockCheck(saying(""), asked, HERE)).toEqual([]);
    expect(clockCheck({ answered: false, silence: "nothing listens there" }, asked, HERE)).toEqual([]);
  });
});

describe("certificates", () => {
  const DAY = 86_400_000;
  const certificate = (what: string, from: number, until: number): DatedCertificate => ({
    what,
    from: NOW + from * DAY,
    until: NOW + until * DAY,
    do: "make it anew",
  });
  const words = (...certificates: DatedCertificate[]) =>
    datesChecks(certificates, NOW).map(({ state, what }) => `${state} ${what}`);

  it("are well as long as the first of them counts", () => {
    expect(words(certificate("ca", -10, 400), certificate("cert", -10, 100))).toEqual([
      "ok those of the daemon count until 2027-03-01",
    ]);
  });

  it("are told that end soon, that have ended, and that do not count yet", () => {
    expect(
      words(certificate("a", -1, 13), certificate("b", -9, -1), certificate("c", 1, 9), certificate("d", -1, 99)),
    ).toEqual([
      "warn a counts until 2026-12-04 only",
      "bad b counts no more since 2026-11-20",
      "bad c counts from 2026-11-22 on only",
    ]);
  });

  it("are not spoken of where there are none", () => {
    expect(words()).toEqual([]);
  });
});

describe("a folder of this machine in a container", () => {
  it.each([
    [{ isRead: true, isWritten: true }, ["ok"]],
    [{ isRead: true, isWritten: false }, ["warn"]],
    [{ isRead: false, isWritten: true }, ["bad"]],
    [{ refusal: failed("mounts denied") }, ["bad"]],
    [undefined, []],
  ])("that was %o is %o", (mount, states) => {
    expect(mountChecks({ mount }, HERE).map(({ state }) => state)).toEqual(states);
  });
});

it.each([
  ["Filesystem 1024-blocks Used Available Capacity Mounted on\noverlay 100 40 60 40% /\n", 60 * 1024],
  ["", undefined],
  ["df: /: no such file\n", undefined],
])("reads what is free out of %j", (text, bytes) => {
  expect(freeBytes(text)).toBe(bytes);
});

describe("a container", () => {
  it("that does not come to its end in time is told with what to do about it", async () => {
    const state = await mkdtemp(join(tmpdir(), "devenv-doctor-"));
    const answers = (name: string | symbol) => (name === "close" ? () => {} : () => new Promise(() => {}));
    // Whoever awaits it asks whether it is a promise.
    const daemon = new Proxy({}, { get: (_, name) => (name === "then" ? undefined : answers(name)) });
    const connect = async () => daemon;
    const clock = { sleep: async () => {} };
    const machine = { folders: { state }, connect, clock } as unknown as Machine;
    const endpoint = { address: {}, platform: { os: "linux", arch: "amd64" } } as Endpoint;
    try {
      expect(await containerChecks("shop", endpoint, machine)).toEqual([
        expect.objectContaining({ name: "container", state: "bad", do: expect.stringContaining("ask again") }),
      ]);
    } finally {
      await rm(state, { recursive: true, force: true });
    }
  });
});
