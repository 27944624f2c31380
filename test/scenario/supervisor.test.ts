import { beforeAll, describe, expect, test } from "vitest";
import { type ContainerId, shortDigest } from "../../src/model/names.ts";
import { testDaemon } from "../harness/docker.ts";
import { answersSaying, type Programs, programs } from "../harness/programs.ts";
import {
  BUSYBOX,
  get,
  inside,
  type Supervised,
  script,
  supervise,
  testMount,
  textsOf,
  untilAnswer,
  untilLine,
  WEB,
} from "./supervisor-harness.ts";

const host = await testDaemon();
const { daemon } = host;
const SERVE = ["/devenv/bin/web"];
/** Within which something is to come: longer than a busy machine stands still. */
const LONG_GRACE = { grace: 3 };

let made: Programs;
let [one, two] = ["", ""];
beforeAll(async () => {
  made = await programs();
  [one, two] = [await answersSaying("one"), await answersSaying("two")];
});

/** How many processes of a container have a command that matches. */
const countOf = (container: ContainerId, pattern: string) =>
  inside(host, container, `${BUSYBOX} ps -o args | ${BUSYBOX} grep -c "${pattern}"`);

type Told = Pick<Supervised, "container" | "console">;

describe.each<[string, (told: Told) => Promise<void> | void]>([
  ["a HUP", ({ container }) => daemon.signal(container, "HUP")],
  ["an order", ({ console }) => expect(console.orderRestart()).toBe(true)],
])("%s", (_, restart) => {
  test("starts the program that the pointer names now, in the same container", async () => {
    const { mount, deliver } = await testMount(host);
    await deliver(one);
    const { container, console, address } = await supervise(host, host.newCluster(), mount, SERVE);
    await untilAnswer(address, "one");
    const before = await daemon.inspect(container);

    const { artifact } = await deliver(two);
    const next = console.nextStart(artifact.digest);
    await restart({ container, console });

    expect(await next).toMatchObject({ digest: shortDigest(artifact.digest) });
    await untilAnswer(address, "two");
    const after = await daemon.inspect(container);
    expect([after.pid, after.startedAt, after.restarts]).toEqual([before.pid, before.startedAt, 0]);
  });

  test("comes in time for the container of a program that ended at the start of the HUP before", async () => {
    const { mount, deliver } = await testMount(host);
    await deliver(one);
    const { container, console, address } = await supervise(host, host.newCluster(), mount, SERVE);
    await untilAnswer(address, "one");
    const before = await daemon.inspect(container);

    await deliver(made.path["crashes-at-start"]);
    await restart({ container, console });
    await untilLine(console, /^devenv: web ended with code 2$/);
    const { artifact } = await deliver(two);
    const next = console.nextStart(artifact.digest);
    await restart({ container, console });

    expect(await next).toBeDefined();
    await untilAnswer(address, "two");
    const after = await daemon.inspect(container);
    expect([after.pid, after.startedAt, after.restarts]).toEqual([before.pid, before.startedAt, 0]);
  });

  test("that is the last one leaves a program's end to its container, with its code", async () => {
    const { mount, deliver } = await testMount(host);
    await deliver(one);
    const { container, console, address } = await supervise(host, host.newCluster(), mount, SERVE);
    await untilAnswer(address, "one");
    await deliver(made.path["crashes-at-start"]);
    await restart({ container, console });
    await console.closed;
    expect(await daemon.wait(container)).toBe(2);
    expect(textsOf(console).filter((text) => text === "devenv: web ended with code 2")).toHaveLength(1);
  });

  test("kills a program that ignores TERM when the grace is over", async () => {
    const { mount, deliver } = await testMount(host);
    await deliver(made.path["ignores-term"]);
    const { container, console, address } = await supervise(host, host.newCluster(), mount, SERVE);
    await untilAnswer(address, "ignores-term");

    await deliver(one);
    const next = console.nextStart();
    await restart({ container, console });

    await untilLine(console, /ignoring terminated/);
    expect(await next).toBeDefined();
    await untilAnswer(address, "one");
  });

  test("during the grace of another one restarts once, with the newest", async () => {
    const { mount, deliver } = await testMount(host);
    await deliver(made.path["ignores-term"]);
    const { container, console, address } = await supervise(host, host.newCluster(), mount, SERVE, LONG_GRACE);
    await untilAnswer(address, "ignores-term");

    await deliver(one);
    await restart({ container, console });
    await untilLine(console, /ignoring terminated/);
    const { artifact } = await deliver(two);
    const next = console.nextStart(artifact.digest);
    await restart({ container, console });

    expect(await next).toBeDefined();
    await untilAnswer(address, "two");
    expect(textsOf(console).filter((text) => text.startsWith("devenv: started"))).toHaveLength(2);
  });

  test("among ten at once leaves the newest running, started after the last of them", async () => {
    const { mount, deliver } = await testMount(host);
    await deliver(one);
    const { container, console, address } = await supervise(host, host.newCluster(), mount, SERVE);

    const { artifact } = await deliver(two);
    const next = console.nextStart(artifact.digest);
    await Promise.all(Array.from({ length: 10 }, () => restart({ container, console })));

    expect(await next).toBeDefined();
    await untilAnswer(address, "two");
    // Whatever they did to one another, the next one works as ever.
    const last = await deliver(one);
    const again = console.nextStart(last.artifact.digest);
    await restart({ container, console });
    expect(await again).toBeDefined();
    await untilAnswer(address, "one");
  });

  test("ends the program's children with it", async () => {
    const { mount } = await testMount(host);
    const family = script(`${BUSYBOX} sleep 1001 & ${BUSYBOX} sleep 1002 & echo up; wait`);
    const { container, console } = await supervise(host, host.newCluster(), mount, family);

    await untilLine(console, /^up$/);

    await restart({ container, console });
    await expect.poll(() => textsOf(console).filter((text) => text === "up")).toHaveLength(2);

    await expect.poll(() => countOf(container, "^/devenv/init/busybox [s]leep 100[12]")).toBe("2");
  });

  test("leaves children that outlive the program the rest of the grace, then kills them", async () => {
    const { mount } = await testMount(host);
    const stubborn = `(trap 'echo not yet' TERM; while :; do ${BUSYBOX} sleep 1000; done) &`;
    const { container, console } = await supervise(host, host.newCluster(), mount, script(`${stubborn} echo up; wait`));
    await untilLine(console, /^up$/);

    const next = console.nextStart();
    await restart({ container, console });

    expect(await next).toBeDefined();
    expect(textsOf(console)).toContain("not yet");
    await expect.poll(() => countOf(container, "^/devenv/init/busybox [s]leep 1000")).toBe("1");
  });
});

test("what else is said to a supervisor does nothing, however much it is, and it takes orders after it", async () => {
  const { mount, deliver } = await testMount(host);
  await deliver(one);
  const { container, console, address } = await supervise(host, host.newCluster(), mount, SERVE);
  await untilAnswer(address, "one");
  const attached = await daemon.attach(container, WEB, new AbortController().signal);
  attached.write(`devenv: restart now\n${"x".repeat(100_000)}\n\\\ndevenv: restart`);
  const next = console.nextStart();
  attached.write("ed\n");
  attached.write("devenv: restart\n");
  expect(await next).toBeDefined();
  await untilAnswer(address, "one");
  expect(textsOf(console).filter((text) => text.startsWith("devenv: started"))).toHaveLength(2);
});

describe("a program that ends by itself", () => {
  const ends: [string, number, string[]][] = [
    ["well", 0, script("exit 0")],
    ["with 3", 3, script("exit 3")],
    ["by SIGSEGV", 139, script("kill -s SEGV $$")],
    ["by SIGKILL", 137, script("kill -s KILL $$")],
    ["because it is not there", 127, ["/devenv/bin/nothing"]],
  ];
  test.each(ends)("%s ends its container with code %i", async (_how, code, command) => {
    const { mount } = await testMount(host);
    const { container, console } = await supervise(host, host.newCluster(), mount, command);
    expect(await daemon.wait(container)).toBe(code);
    expect(await console.ended).toEqual({ code });
    await console.closed;
    expect(textsOf(console).at(-1)).toBe(`devenv: web ended with code ${code}`);
  });

  test("at its start leaves its words before the supervisor's", async () => {
    const { mount, deliver } = await testMount(host);
    await deliver(made.path["crashes-at-start"]);
    const { container, console } = await supervise(host, host.newCluster(), mount, SERVE);
    expect(await daemon.wait(container)).toBe(2);
    await console.closed;
    // Of two streams Docker keeps no order between them; the program's words before its crash are on the other one.
    const texts = console.linesSince(0).flatMap(({ stream, text }) => (stream === "stderr" ? [text] : []));
    expect(texts[0]).toMatch(/^devenv: started web [0-9a-f]{12} \(pid \d+\)$/);
    expect(texts).toContainEqual(expect.stringContaining("nil pointer dereference"));
    expect(texts.at(-1)).toBe("devenv: web ended with code 2");
  });

  test("much later ends its container as well, so that a restart policy sees it", async () => {
    const { mount, deliver } = await testMount(host);
    await deliver(made.path["crashes-after"]);
    const { container, address, console } = await supervise(host, host.newCluster(), mount, SERVE, {
      restart: { kind: "on-failure", maxRetries: 1 },
    });
    await untilAnswer(address, "crashes-after");
    await get(address, "/crash");
    expect(await console.ended).toEqual({ code: 2 });
    await expect.poll(async () => (await daemon.inspect(container)).restarts).toBe(1);
  });
});

describe("a signal", () => {
  const report =
    "for s in INT QUIT TERM USR1 USR2 WINCH; do trap \"echo got $s\" $s; done; trap 'exit 5' ALRM; echo up;";
  const waiter = script(`${report} while :; do ${BUSYBOX} sleep 1000 & wait; done`);

  test("is passed on to the program, which may go on", async () => {
    const { mount } = await testMount(host);
    const { container, console } = await supervise(host, host.newCluster(), mount, waiter);
    await untilLine(console, /^up$/);
    for (const signal of ["INT", "QUIT", "TERM", "USR1", "USR2", "WINCH"]) {
      await daemon.signal(container, signal);
      await untilLine(console, new RegExp(`^got ${signal}$`));
    }
    await daemon.signal(container, "ALRM");
    expect(await daemon.wait(container)).toBe(5);
  });

  const defaults: [string, number][] = [
    ["INT", 130],
    ["QUIT", 131],
    ["TERM", 143],
  ];
  test.each(defaults)("%s has its default action in a program that does not handle it", async (signal, code) => {
    const { mount } = await testMount(host);
    const { container } = await supervise(host, host.newCluster(), mount, [BUSYBOX, "sleep", "1000"]);
    await daemon.signal(container, signal);
    expect(await daemon.wait(container)).toBe(code);
  });

  test("that ends wins over a HUP before it", async () => {
    const { mount, deliver } = await testMount(host);
    await deliver(made.path["ignores-term"]);
    const { container, console, address } = await supervise(host, host.newCluster(), mount, SERVE, LONG_GRACE);
    await untilAnswer(address, "ignores-term");
    await daemon.signal(container, "HUP");
    await untilLine(console, /ignoring terminated/);
    await daemon.signal(container, "TERM");
    expect(await daemon.wait(container)).toBe(137);
  });

  test("of Docker's stop lets the program end in its own way", async () => {
    const { mount, deliver } = await testMount(host);
    await deliver(one);
    const { container, console, address } = await supervise(host, host.newCluster(), mount, SERVE);
    await untilAnswer(address, "one");
    await daemon.stop(container, 5000);
    await console.closed;
    expect(textsOf(console)).toContainEqual(expect.stringContaining("one stops on terminated"));
    expect((await daemon.inspect(container)).exitCode).toBe(0);
  });
});

describe("what the program finds", () => {
  test("is the container's environment to the letter, names included that a shell does not take", async () => {
    const { mount } = await testMount(host);
    const environment = { "spring.profile": "a b", PLAIN: "x=y", LINES: "one\ntwo" };
    const { console } = await supervise(host, host.newCluster(), mount, [BUSYBOX, "env"], { environment });
    await console.closed;
    const texts = textsOf(console);
    expect(texts).toEqual(expect.arrayContaining(["spring.profile=a b", "PLAIN=x=y", "LINES=one", "two"]));
    expect(texts.filter((text) => /^(SHLVL|PWD|OLDPWD|_)=/.test(text))).toEqual([]);
  });

  test("is the container's environment where a name has a meaning in the supervisor's script", async () => {
    const { mount } = await testMount(host);
    const environment = { service: "another", digest: "d", code: "7", mount: "/nowhere" };
    const { console } = await supervise(host, host.newCluster(), mount, [BUSYBOX, "env"], { environment });
    await console.closed;
    const expected = Object.entries(environment).map(([name, value]) => `${name}=${value}`);
    expect(textsOf(console)).toEqual(expect.arrayContaining(expected));
  });

  test("is the same where every name is an ordinary one", async () => {
    const { mount } = await testMount(host);
    const { console } = await supervise(host, host.newCluster(), mount, [BUSYBOX, "env"], {
      environment: { PLAIN: "x" },
    });
    await console.closed;
    const names = textsOf(console).flatMap((text) => /^(\w+)=/.exec(text)?.[1] ?? []);
    expect(names.sort()).toEqual(["HOME", "HOSTNAME", "PATH", "PLAIN"]);
  });

  test("is an empty input, two outputs, and a session of its own, also as another user", async () => {
    const { mount } = await testMount(host);
    const look = script(
      `${BUSYBOX} readlink /proc/self/fd/0; ${BUSYBOX} ls /proc/$$/fd; ${BUSYBOX} cut -d" " -f1,5,6 /proc/$$/stat`,
    );
    const { console, first } = await supervise(host, host.newCluster(), mount, look, { user: "1234:1234" });
    await console.closed;
    const pid = String(first?.pid);
    const texts = textsOf(console).filter((text) => !text.startsWith("devenv:"));
    expect(texts).toEqual(["/dev/null", "0", "1", "2", `${pid} ${pid} ${pid}`]);
  });
});

test("orphans of the program are reaped", async () => {
  const { mount } = await testMount(host);
  const orphans = `for n in 1 2 3 4 5; do (${BUSYBOX} true &) ; done; echo up; ${BUSYBOX} sleep 1000`;
  const { container, console } = await supervise(host, host.newCluster(), mount, script(orphans));
  await untilLine(console, /^up$/);
  await expect.poll(() => inside(host, container, `${BUSYBOX} grep -l "^State:.Z" /proc/[0-9]*/status`)).toBe("");
});
