import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { progressOf, readEvent } from "../../../../src/provider/minikube/events.ts";
import { minikubeTrouble, mountTrouble } from "../../../../src/provider/minikube/trouble.ts";

/** What minikube 1.38.1 printed (`start -o json`) on a Debian machine with none of its drivers: an event a line. */
const ANSWERS = Object.fromEntries(
  Object.entries(
    JSON.parse(readFileSync("test/fixtures/minikube/start-events.json", "utf8")) as Record<string, unknown>,
  ).map(([name, event]) => [name, JSON.stringify(event)]),
) as Record<Answer, string>;
type Answer =
  | "noDriver"
  | "noVirtualbox"
  | "noKvm"
  | "dockerSilent"
  | "notHere"
  | "littleMemory"
  | "tooMuchMemory"
  | "loopback"
  | "asRoot"
  | "retries"
  | "frame"
  | "step"
  | "preparing"
  | "noRegistry"
  | "proxy"
  | "noKubeadm"
  | "overMemory"
  | "dockerHasLess"
  | "warning";

const errorIn = (line: string) => {
  const event = readEvent(line);
  return event?.type === "error" ? event : undefined;
};
const troubleOf = (line: string, driver?: string) => {
  const { message, hint, output, exitCode } = minikubeTrouble(
    { verb: "start", profile: "devenv-books", driver },
    [errorIn(line)].filter((error) => error !== undefined),
    line,
  );
  return { message, hint, output, exitCode };
};

test("a step, and an error on the way, are told while it goes on", () => {
  const told = [ANSWERS.step, ANSWERS.retries].map((line) => {
    const event = readEvent(line);
    return event && progressOf(event);
  });
  expect(told[0]).toBe("minikube: Starting minikube without Kubernetes");
  expect(told[1]).toContain("minikube warns: StartHost failed, but will try again");
});

test("what it says at every start is not told, nor that it goes on", () => {
  const told = [ANSWERS.warning, ANSWERS.noRegistry, ANSWERS.proxy, ANSWERS.preparing].map((line) => {
    const event = readEvent(line);
    return event && progressOf(event);
  });
  expect(told).toEqual([undefined, undefined, undefined, "minikube: Preparing Docker 20.10.24+dfsg1"]);
});

test.each([
  ["the machine's mount says: unknown filesystem type '9p'", "mount-no-9p-there.txt"],
  ["this machine's kernel has no 9p (minikube tries `modprobe -q 9p`)", "mount-no-9p-here.txt"],
])("of a mount that failed it is told that %s", (words, file) => {
  expect(mountTrouble(readFileSync(`test/fixtures/minikube/${file}`, "utf8").trim().split("\n"))).toBe(words);
});

test("of several reasons that which has a mend is what it is about, and all are told", () => {
  const lines = [ANSWERS.overMemory, ANSWERS.dockerHasLess];
  const errors = lines.map(errorIn).filter((error) => error !== undefined);
  const asked = { verb: "start", profile: "devenv-books" };
  const { message, output } = minikubeTrouble(asked, errors, "");
  expect(message).toBe("there is too little memory for minikube's machine");
  expect(output).toContain("is more than your system limit 24105MB.\nDocker has only 24105MB memory");
  expect(minikubeTrouble(asked, errors.slice(1), "").message).toBe("minikube refuses to start devenv-books");
});

test("a download is told with its share", () => {
  const line = ANSWERS.step.replace("minikube.step", "minikube.download.progress");
  const event = readEvent(
    line.replace(/"data":.*/, '"data":{"artifact":"minikube-v1.38.0-amd64.iso","progress":"0.4213"}}'),
  );
  expect(event && progressOf(event)).toBe("minikube downloads minikube-v1.38.0-amd64.iso 42 %");
});

test("the frame of advice that comes last is not why it ended, and other lines are no events", () => {
  expect(readEvent(ANSWERS.frame)).toBeUndefined();
  expect(readEvent("false exit code 85")).toBeUndefined();
  expect(readEvent('{"specversion":"1.0","type":"com.example.other","data":{}}')).toBeUndefined();
  expect(readEvent("{cut o")).toBeUndefined();
});

test.each([
  ["no driver at all", ANSWERS.noDriver, undefined, "minikube finds no driver to run on", "x-devenv.minikube.ssh"],
  [
    "a driver that is not installed",
    ANSWERS.noVirtualbox,
    "virtualbox",
    "minikube has no use of driver virtualbox here",
    "Install what",
  ],
  ["another", ANSWERS.noKvm, "kvm2", "minikube has no use of driver kvm2 here", "Install what"],
  [
    "a driver whose daemon does not run",
    ANSWERS.dockerSilent,
    "docker",
    "minikube's driver docker does not work here",
    "Mend what",
  ],
  [
    "a driver of another system",
    ANSWERS.notHere,
    "hyperv",
    "minikube has no driver hyperv for this system",
    "Name another",
  ],
  ["root", ANSWERS.asRoot, "ssh", "minikube's driver ssh is not for root", "ordinary user"],
  [
    "too little memory wished for",
    ANSWERS.littleMemory,
    "ssh",
    "there is too little memory for minikube's machine",
    "1800MiB or more",
  ],
  [
    "more memory than there is",
    ANSWERS.tooMuchMemory,
    "ssh",
    "there is too little memory for minikube's machine",
    "1800MiB or more",
  ],
  [
    "what has no mend of its own",
    ANSWERS.loopback,
    "ssh",
    "`minikube start -p devenv-books` failed (GUEST_PROVISION)",
    "minikube -p devenv-books logs",
  ],
])("%s is told with what to do", (_, line, driver, message, hint) => {
  const trouble = troubleOf(line, driver);
  expect(trouble).toMatchObject({ message, exitCode: 3 });
  expect(trouble.hint).toContain(hint);
});

test("minikube's own words stand below, without a template that nobody filled in", () => {
  expect(troubleOf(ANSWERS.noVirtualbox).output).toBe(
    "The 'virtualbox' provider was not found: unable to find VBoxManage in $PATH\nInstall VirtualBox",
  );
  expect(troubleOf(ANSWERS.tooMuchMemory).output).toBe(
    "Requested memory allocation 900000MB is more than your system limit 24105MB.",
  );
});

test("without a last word of its own, the last lines that it printed are told", () => {
  const words = Array.from({ length: 20 }, (_, at) => `line ${at}`).join("\n");
  const { output } = minikubeTrouble({ verb: "stop", profile: "p" }, [], words);
  expect(output?.split("\n")).toHaveLength(12);
  expect(output).toContain("line 19");
});
