import { describe, expect, it } from "vitest";
import { sshCommand, sshWritten } from "../../../src/model/ssh.ts";
import { canonicalProfile } from "../../../src/profile/canonical.ts";
import { parseSsh } from "../../../src/profile/ssh-syntax.ts";
import { load, problemsOf } from "./loading.ts";

describe("the address of a host behind ssh", () => {
  it.each([
    ["build-box", { destination: "build-box" }],
    ["me@build-box", { destination: "me@build-box" }],
    ["me@build-box:2222", { destination: "me@build-box", port: 2222 }],
    ["ssh://me@build-box:2222/", { destination: "me@build-box", port: 2222 }],
    ["build.example.org:22", { destination: "build.example.org", port: 22 }],
    ["me@192.0.2.7", { destination: "me@192.0.2.7" }],
    ["me@[2001:db8::7]:2222", { destination: "me@2001:db8::7", port: 2222 }],
    ["[2001:db8::7]", { destination: "2001:db8::7" }],
    ["2001:db8::7", { destination: "2001:db8::7" }],
    ["fe80::1%eth0", { destination: "fe80::1%eth0" }],
    ["first.last@corp@build", undefined],
    ["DOMAIN\\me@build", { destination: "DOMAIN\\me@build" }],
  ])("%s", (text, address) => {
    const parsed = parseSsh(text);
    expect("value" in parsed ? parsed.value : undefined).toEqual(address);
  });

  it.each([
    ["", "ssh needs the address of a host"],
    ["-oProxyCommand=touch", "is no name of a host"],
    ["-oProxyCommand=x@host", "is no name of a user"],
    ["me@", "is no name of a host"],
    ["@host", "is no name of a user"],
    ["me@host:0", "is not a port between 1 and 65535"],
    ["me@host:65536", "is not a port"],
    ["me@host:", "is not a port"],
    ["me@host;reboot", "is no name of a host"],
    ["$(reboot)@host", "is no name of a user"],
    ["me@host name", "is no name of a host"],
    ["me:secret@host", "a password has no place in a profile"],
    ["me@[::1", "is no name of a host"],
  ])("is not %s", (text, problem) => {
    expect(parseSsh(text)).toMatchObject({ problem: expect.stringContaining(problem) });
  });

  it.each(["build-box", "me@build-box:2222", "me@[2001:db8::7]:2222"])("%s is written again as it was", (text) => {
    const parsed = parseSsh(text);
    expect("value" in parsed && sshWritten(parsed.value)).toBe(text);
  });

  it("is told as the command that a person types", () => {
    expect(sshCommand({ destination: "me@build-box", port: 2222 })).toBe("ssh me@build-box -p 2222");
  });
});

describe("a profile with provider ssh", () => {
  const profile = (extension: string) => load(`x-devenv: ${extension}\nservices: { a: { image: x } }\n`);

  it("names the host, and devenv config prints it again", async () => {
    const loaded = await profile('{ provider: ssh, ssh: "me@build-box:2222" }');
    expect(loaded).toMatchObject({ provider: "ssh", ssh: { destination: "me@build-box", port: 2222 } });
    expect(canonicalProfile(loaded)).toMatchObject({ "x-devenv": { provider: "ssh", ssh: "me@build-box:2222" } });
  });

  it("needs one", async () => {
    const problem = "1:23 provider ssh needs the address of a host (write ssh: user@host beside it)";
    expect(await problemsOf(profile("{ provider: ssh }"))).toEqual([problem]);
  });

  it("is meant where a host is named: nothing is ignored without a word", async () => {
    const problem = "1:13 x-devenv.ssh names a host that is not used (write provider: ssh beside it)";
    expect(await problemsOf(profile("{ ssh: build-box }"))).toEqual([problem]);
  });

  it("of a base may be another one in a variant", async () => {
    expect(await profile("{ provider: engine, ssh: build-box }")).toMatchObject({ provider: "engine" });
  });

  it("tells a wrong address with its place", async () => {
    const [problem] = await problemsOf(profile('{ provider: ssh, ssh: "-oProxyCommand=x" }'));
    expect(problem).toContain("-oProxyCommand=x is no name of a host");
  });
});
