import { describe, expect, it } from "vitest";
import { sshTrouble } from "../../../../src/provider/ssh/trouble.ts";

const ADDRESS = { destination: "me@build-box", port: 2222 };
const trouble = (...words: string[]) => sshTrouble(ADDRESS, words);

/** The words are those of OpenSSH 9.2 (Debian's, in the first case). */
describe("what ssh says at its end", () => {
  it("a changed host key is told with the command that forgets the old one, which Debian's ssh names", () => {
    const { failure, isFinal } = trouble(
      "@    WARNING: REMOTE HOST IDENTIFICATION HAS CHANGED!     @",
      "Offending ED25519 key in /home/me/.ssh/known_hosts:3",
      "  remove with:",
      '  ssh-keygen -f "/home/me/.ssh/known_hosts" -R "[build-box]:2222"',
      "Host key verification failed.",
    );
    expect(isFinal).toBe(true);
    expect(failure.message).toBe("me@build-box:2222 shows another host key than the one you know");
    expect(failure.hint).toContain('`ssh-keygen -f "/home/me/.ssh/known_hosts" -R "[build-box]:2222"`');
  });

  it("elsewhere that command is made of the address", () => {
    const words = "WARNING: REMOTE HOST IDENTIFICATION HAS CHANGED!";
    expect(trouble(words).failure.hint).toContain("`ssh-keygen -R '[build-box]:2222'`");
    const plain = sshTrouble({ destination: "me@build-box" }, [words]);
    expect(plain.failure.hint).toContain("`ssh-keygen -R build-box`");
  });

  it.each([
    ["Host key verification failed.", true, "the host key of me@build-box:2222 is not known yet"],
    ["ssh: Could not resolve hostname build-box: Name or service not known", false, "is not known"],
    ["me@build-box: Permission denied (publickey).", true, "does not let you in"],
    ["Received disconnect from 192.0.2.7 port 22:2: Too many authentication failures", true, "does not let you in"],
    ["/home/me/.ssh/config: line 3: Bad configuration option: fowardagent", true, "ssh refuses its own configuration"],
    ["Bad owner or permissions on /home/me/.ssh/config", true, "ssh refuses its own configuration"],
    ["ssh: connect to host build-box port 2222: Connection refused", false, "no ssh server answers"],
    ["ssh: connect to host build-box port 2222: Connection timed out", false, "cannot be reached"],
    ["ssh: connect to host build-box port 2222: No route to host", false, "cannot be reached"],
    ["Timeout, server build-box not responding.", false, "the connection to me@build-box:2222 ended"],
  ])("%s", (words, isFinal, message) => {
    const found = trouble(words);
    expect(found.isFinal).toBe(isFinal);
    expect(found.failure.message).toContain(message);
    expect(found.failure.output).toBe(words);
  });

  it("no words at all are no output", () => {
    expect(trouble().failure).toMatchObject({ class: "environment", output: undefined });
  });
});

it.each([
  [
    "WARNING: REMOTE HOST IDENTIFICATION HAS CHANGED!",
    "shows another host key than before",
    '`rm "/state/known_hosts"`',
  ],
  ["root@10.0.0.2: Permission denied (publickey).", "does not let devenv in", "`x-devenv.minikube.key`"],
  ["ssh: connect to host 10.0.0.2 port 22: Connection refused", "does not answer", "`devenv up` looks at it"],
])("of a machine that minikube was given, %s is told with its mend, and tried on", (said, message, hint) => {
  const machine = { of: "minikube", cluster: "shop", config: "/state/ssh_config", docker: "/run/docker.sock" } as const;
  const { failure, isFinal } = sshTrouble({ destination: "machine", machine }, [said]);
  expect(failure.message).toContain(message);
  expect(failure.hint).toContain(hint);
  expect(failure.output).toBe(said);
  // minikube may make it anew, with another key, at any moment.
  expect(isFinal).toBe(false);
});

it("of a machine of ours nothing is the person's to mend: its key and its configuration are devenv's", () => {
  const machine = { of: "vm", cluster: "shop", config: "/none", docker: "/run/docker.sock" } as const;
  const words = ["devenv-shop: Permission denied (publickey)."];
  const { failure, isFinal } = sshTrouble({ destination: "devenv-shop", machine }, words);
  expect(failure.message).toBe("the ssh server of the virtual machine of shop does not answer");
  expect(failure).toMatchObject({ output: words[0], hint: expect.stringContaining("devenv vm stop shop") });
  expect(isFinal).toBe(false);
});
