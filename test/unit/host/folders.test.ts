import { describe, expect, it } from "vitest";
import { systemClock } from "../../../src/host/clock.ts";
import { clusterFolder, xdgFolders } from "../../../src/host/folders.ts";

describe("the folders of devenv", () => {
  it("are where the XDG specification has them", () => {
    expect(xdgFolders({ HOME: "/home/me" })).toEqual({
      cache: "/home/me/.cache/devenv",
      state: "/home/me/.local/state/devenv",
      config: "/home/me/.config/devenv",
    });
  });

  it("are where the XDG variables say, unless those are relative or empty", () => {
    const environment = { HOME: "/home/me", XDG_CACHE_HOME: "/fast", XDG_STATE_HOME: "state", XDG_CONFIG_HOME: "" };
    expect(xdgFolders(environment)).toEqual({
      cache: "/fast/devenv",
      state: "/home/me/.local/state/devenv",
      config: "/home/me/.config/devenv",
    });
  });

  it("have one for each cluster", () => {
    expect(clusterFolder(xdgFolders({ HOME: "/home/me" }), "books")).toBe(
      "/home/me/.local/state/devenv/clusters/books",
    );
  });
});

describe("the system's clock", () => {
  it("sleeps no shorter than it was told", async () => {
    const before = systemClock.monotonic();
    await systemClock.sleep(20);
    expect(systemClock.monotonic() - before).toBeGreaterThanOrEqual(19);
  });

  it("wakes at once with the signal's reason", async () => {
    const abort = new AbortController();
    const sleeping = systemClock.sleep(60_000, abort.signal);
    abort.abort("enough");
    await expect(sleeping).rejects.toBe("enough");
    await expect(systemClock.sleep(60_000, abort.signal)).rejects.toBe("enough");
  });
});
