import { describe, expect, it } from "vitest";
import { parseMode } from "../../../src/profile/mode-syntax.ts";

describe("a mode", () => {
  it.each([
    ["ci", { kind: "ci" }],
    ["local", { kind: "local" }],
    ["off", { kind: "off" }],
    ["host:9090", { kind: "host", port: 9090 }],
    ["remote:https://example.org", { kind: "remote", url: "https://example.org" }],
    ["remote:http://example.org:8080/api/v1", { kind: "remote", url: "http://example.org:8080/api/v1" }],
    ["remote:tcp://db.example.org:5432", { kind: "remote", url: "tcp://db.example.org:5432" }],
    ["remote:tls://db.example.org:5432/", { kind: "remote", url: "tls://db.example.org:5432" }],
    ["remote:db.example.org:5432", { kind: "remote", url: "tcp://db.example.org:5432" }],
    ["remote:[::1]:5432", { kind: "remote", url: "tcp://[::1]:5432" }],
  ])("%s is understood", (text, value) => {
    expect(parseMode(text)).toEqual({ value });
  });

  it.each([
    ["", "nothing is no mode"],
    ["locl", "locl is no mode"],
    ["ci:124", "the mode ci takes nothing after it"],
    ["host", "the mode host needs the port on which the service listens here"],
    ["host:0", "0 is not a port between 1 and 65535"],
    ["host:99999", "99999 is not a port between 1 and 65535"],
    ["host:localhost:80", "localhost:80 is not a port between 1 and 65535"],
    ["remote", "the mode remote needs an address"],
    ["remote:ftp://example.org", "ftp:// is not supported for a remote"],
    ["remote:tcp://example.org", "tcp://example.org names no port"],
    ["remote:tcp://example.org:80/path", "tcp://example.org:80/path has a path, which tcp:// does not know"],
    ["remote:https://", "https:// is not an address"],
    ["remote:https://example.org/?q=1", "https://example.org/?q=1 has more than a path"],
  ])("%j is refused", (text, problem) => {
    expect(parseMode(text)).toMatchObject({ problem });
  });

  it("that is misspelt brings what was meant", () => {
    expect(parseMode("locl")).toMatchObject({ hint: "did you mean local?" });
    expect(parseMode("elsewhere")).toMatchObject({ hint: expect.stringContaining("host:9090") });
  });
});
