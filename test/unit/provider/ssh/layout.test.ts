import { describe, expect, it } from "vitest";
import { linkLayout } from "../../../../src/provider/ssh/layout.ts";
import { surroundingsIn } from "../surroundings.ts";

const ADDRESS = { destination: "me@build-box", port: 2222 };
const SHORT = { XDG_RUNTIME_DIR: "/run/user/1000" };

describe("where the sockets of a link lie", () => {
  it("in the state folder, one folder a host", () => {
    const layout = linkLayout(ADDRESS, surroundingsIn("/home/me"));
    expect(layout.folder).toMatch(/^\/home\/me\/state\/ssh\/[0-9a-f]{12}$/);
    expect(layout.run).toBe(layout.folder);
    expect(linkLayout({ destination: "me@build-box" }, surroundingsIn("/home/me")).folder).not.toBe(layout.folder);
  });

  it.each(["/home/me/a folder", "/home/me/100%", "/home/me/a:b", "/home/me/$x"])(
    "elsewhere where ssh would take %s for more than a path",
    (folder) => {
      expect(linkLayout(ADDRESS, surroundingsIn(folder, SHORT)).run).toMatch(/^\/run\/user\/1000\/devenv-ssh-/);
    },
  );

  it("where the longest of them, ssh's own of a moment, fits into a socket's address on macOS too", () => {
    for (let length = 1; length < 90; length++) {
      const { control } = linkLayout(ADDRESS, surroundingsIn(`/${"d".repeat(length)}`, SHORT));
      expect(`${control}.0123456789abcdef`.length).toBeLessThanOrEqual(103);
    }
  });

  it("is told where there is no short place", () => {
    expect(() => linkLayout(ADDRESS, surroundingsIn(`/${"d".repeat(90)}`))).toThrow("too long for a socket");
  });
});
