import { readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { chmod, mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { systemProcesses } from "../../../src/host/process.ts";
import { Failure } from "../../../src/model/failure.ts";
import { serviceName } from "../../../src/model/names.ts";
import type { Pin } from "../../../src/model/pin.ts";
import { changePins } from "../../../src/profile/change-pins.ts";
import { readPins, readPinsFile, unknownPins } from "../../../src/profile/pins.ts";
import { editPins, type PinChanges } from "../../../src/profile/pins-edit.ts";
import { plainPins } from "../../../src/profile/pins-plain.ts";
import { parsePins } from "../../../src/profile/pins-text.ts";

let folder: string;
let workspace: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "devenv-pins-"));
  workspace = join(folder, "workspace");
  await mkdir(workspace);
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const file = () => join(workspace, "pins.yaml");
const text = () => readFileSync(file(), "utf8");
const state = () => join(folder, "state");

const books = serviceName("books");
const authors = serviceName("authors");
const pin = (build: string, reason?: string): Pin => ({ build, reason, date: "2026-11-21", by: "Ada Lovelace" });
const change = (changes: PinChanges) =>
  changePins(workspace, { stateFolder: state(), signal: new AbortController().signal }, () => changes);
const changeText = async (before: string, changes: PinChanges) => {
  writeFileSync(file(), before);
  await change(changes);
  return text();
};

/** `pins.yaml:3:5 message → hint`, each problem of a text. */
async function problemsOf(written: string): Promise<string[]> {
  writeFileSync(file(), written);
  const failure = await readPins(workspace).then(
    () => undefined,
    (thrown: unknown) => thrown as Failure,
  );
  expect(failure).toBeInstanceOf(Failure);
  expect(failure?.exitCode).toBe(2);
  return failure?.problems.map(({ message, where, hint }) => {
    expect(where?.file).toBe(file());
    return `${where?.line}:${where?.column} ${message}${hint === undefined ? "" : ` → ${hint}`}`;
  }) as string[];
}

describe("reading pins", () => {
  it("finds none where there is no file, or nothing in it", async () => {
    expect(await readPins(workspace)).toEqual(new Map());
    for (const nothing of ["", "# only words\n", "pins:\n", "pins: {}\n", "---\n"]) {
      writeFileSync(file(), nothing);
      expect(await readPins(workspace), JSON.stringify(nothing)).toEqual(new Map());
    }
  });

  it("says what each service stays on, and where that is written, sorted by service", async () => {
    writeFileSync(
      file(),
      'pins:\n  books:\n    build: "124"\n    reason: slow\n    date: 2026-11-21\n    by: Ada\n  authors: { build: v1.4.0 }\n',
    );
    const pins = await readPins(workspace);
    expect([...pins.keys()]).toEqual(["authors", "books"]);
    expect(pins.get(books)).toEqual({
      build: "124",
      reason: "slow",
      date: "2026-11-21",
      by: "Ada",
      where: { file: file(), line: 2, column: 3, text: "  books:" },
    });
  });

  it.each([
    ["124", "124"],
    ["1.10", "1.10"],
    ["0124", "0124"],
    ["release/7", "release/7"],
    ['"124"', "124"],
  ])("takes a build as it is written: %s", async (written, build) => {
    writeFileSync(file(), `pins: { books: { build: ${written} } }`);
    expect((await readPins(workspace)).get(books)?.build).toBe(build);
  });

  it("tells every mistake at once, each at its place", async () => {
    const written = `pins:
  a: 1
  b: { build: true, date: 2026-02-30 }
  c: { build: ci:124 }
  d:
    build:
  e: { reason: [x], biuld: 1 }
  f: { build: local:3f9a12bc44de }
  g: { build: "two words" }
`;
    expect(await problemsOf(written)).toEqual([
      '2:6 the pin of a must be a mapping → write a: { build: "124" }',
      "3:15 build of the pin of b must be a text, and is true",
      "3:27 b: 2026-02-30 is no date → write it as 2026-11-21",
      "4:15 c: ci:124 is no build of CI → write 124, without ci:",
      "6:5 build of the pin of d must be a text, and is empty",
      "7:3 the pin of e has no build → is biuld meant to be build?",
      "7:16 reason of the pin of e must be a text, and is a list",
      "8:15 f: local:3f9a12bc44de is no build of CI → nobody else has a local build: publish it, and pin what CI calls it",
      "9:15 g: two words is no build of CI → write it as `devenv artifacts list` does: 124, v1.4.0",
    ]);
  });

  it.each([
    ["[]", "1:1 the file must be a mapping"],
    ["pins: books", "1:7 pins must be a mapping of services"],
    ["pins: {}\n---\npins: {}", "3:1 a second document in this file"],
    ["pins:\n  books: { build: 1 }\n  books: { build: 2 }", "3:3 books is there twice"],
    ["pins: {", "1:8 YAML: "],
  ])("refuses %s", async (written, problem) => {
    expect((await problemsOf(written))[0]).toContain(problem);
  });

  it("knows a merge conflict when it sees one", async () => {
    const written = 'pins:\n<<<<<<< HEAD\n  books: { build: "1" }\n=======\n  books: { build: "2" }\n>>>>>>> main\n';
    expect(await problemsOf(written)).toEqual([
      "2:1 git left a merge conflict here → two branches pin differently: keep the lines that are meant, and delete the marks",
    ]);
  });

  it("says of a folder by that name that it is one", async () => {
    await mkdir(file());
    await expect(readPins(workspace)).rejects.toThrow(`${file()}: it is a folder`);
  });

  it("warns of keys that do nothing, unless they are marked as a person's own", async () => {
    writeFileSync(file(), "x-team: core\npin: {}\npins: { books: { build: 1, resaon: slow, x-ticket: 7 } }\n");
    const { warnings } = await readPinsFile(workspace);
    expect(warnings.map(({ message, hint }) => `${message} → ${hint}`)).toEqual([
      "unknown key pin at the top: it does nothing → did you mean pins?",
      "unknown key resaon of the pin of books: it does nothing → did you mean reason?",
    ]);
  });

  it("warns of a service that the profile does not have, at its place", async () => {
    writeFileSync(file(), "pins:\n  boks: { build: 1 }\n  books: { build: 1 }\n");
    expect(unknownPins(await readPins(workspace), new Set([books]), "shop")).toEqual([
      {
        message: "boks is pinned, and profile shop has no such service",
        where: { file: file(), line: 2, column: 3, text: "  boks: { build: 1 }" },
        hint: "did you mean books?",
      },
    ]);
  });
});

describe("reading pins without the YAML parser", () => {
  const word = fc.constantFrom(
    ...[
      "124",
      "v1.4.0",
      "0124",
      "1.10",
      "true",
      "null",
      "1e3",
      "0x1f",
      "00000000000000000000124",
      "2026-11-21",
      "a b",
      "",
    ],
    ...["ci:1", "2026-02-30", "two  words", "end ", "José", '"124"', '"a \\n b"', "'x'", "a # b", "a: b", "~", "-1"],
  );
  const line = fc.oneof(
    fc.constantFrom(
      "pins:",
      "pins: {}",
      "  books:",
      "  web:",
      "  1:",
      "# words",
      "    # words",
      "",
      "---",
      "x-team: a",
      "\t",
    ),
    fc
      .tuple(fc.constantFrom("    ", "  ", "      "), fc.constantFrom("build", "reason", "date", "by", "ticket"), word)
      .map(([indent, key, value]) => `${indent}${key}: ${value}`),
  );

  it("says what the parser says, or leaves it to the parser", () => {
    const good = fc.constantFrom("124", "v1.4.0", '"125"');
    const build = fc.oneof({ weight: 4, arbitrary: good }, word);
    const pin = fc.tuple(fc.constantFrom("  books:", "  web:", "  1:"), fc.array(line, { maxLength: 2 }), build);
    const likely = fc
      .array(pin.map(([service, lines, build]) => [service, `    build: ${build}`, ...lines].join("\n")))
      .map((pins) => ["pins:", ...pins, ""].join("\n"));
    const unlikely = fc.array(line).map((lines) => lines.join("\n"));
    let read = 0;
    fc.assert(
      fc.property(fc.oneof(likely, unlikely), (text) => {
        const plain = plainPins("/pins.yaml", text);
        if (plain === undefined) return;
        const parsed = parsePins("/pins.yaml", text);
        read += parsed.pins.size;
        expect(parsed.warnings).toEqual([]);
        expect([...plain]).toEqual([...parsed.pins]);
      }),
      { numRuns: 3000 },
    );
    expect(read).toBeGreaterThan(50);
  });

  it("is how a file is read that `devenv pin` wrote", () => {
    const written = editPins("/pins.yaml", undefined, new Map([[books, pin("124", "slow since 125")]]));
    expect(plainPins("/pins.yaml", written)?.get(books)).toMatchObject(pin("124", "slow since 125"));
  });
});

describe("changing pins", () => {
  it("makes a file that says what it is, and can be read by everybody", async () => {
    await change(new Map([[books, pin("124", "slow since 125")]]));
    expect(text()).toMatch(/^# The builds of CI that services stay on/);
    expect(text().split("\n").slice(2).join("\n")).toBe(
      'pins:\n  books:\n    build: "124"\n    reason: slow since 125\n    date: 2026-11-21\n    by: Ada Lovelace\n',
    );
    expect(statSync(file()).mode & 0o777).toBe(0o644);
  });

  it("leaves nothing else in the workspace", async () => {
    await change(new Map([[books, pin("124")]]));
    expect(readdirSync(workspace)).toEqual(["pins.yaml"]);
  });

  it("gives the same text whoever pinned first", async () => {
    await change(new Map([[books, pin("124")]]));
    await change(new Map([[authors, pin("7")]]));
    const one = text();
    await rm(file());
    await change(new Map([[authors, pin("7")]]));
    await change(new Map([[books, pin("124")]]));
    expect(text()).toBe(one);
    expect(one.indexOf("authors")).toBeLessThan(one.indexOf("books"));
  });

  it("keeps comments, further keys and the rest of the file", async () => {
    const before = `# ours
x-team: core
pins:
  # the shop's heart
  books: # with care
    build: 0124
    ticket: 7
    date: 2026-01-01
# the end
`;
    const after = await changeText(before, new Map([[authors, pin("7")]]));
    for (const kept of ["# ours", "x-team: core", "# with care", "build: 0124", "ticket: 7", "# the end"]) {
      expect(after).toContain(kept);
    }
    expect(after).toMatch(/authors:[^#]*# the shop's heart\n {2}books:/);
  });

  it("takes a pin away with its comment, and keeps the others'", async () => {
    const before = "pins:\n  # one\n  authors:\n    build: 1\n  # two\n  books:\n    build: 2\n";
    expect(await changeText(before, new Map([[authors, undefined]]))).toBe("pins:\n  # two\n  books:\n    build: 2\n");
  });

  it("leaves a file alone that says it already", async () => {
    const before = 'pins: { books: { build: "124",   date: 2026-11-21, by: Ada Lovelace } }\n';
    writeFileSync(file(), before);
    await change(new Map([[authors, undefined]]));
    expect(text()).toBe(before);
  });

  it("keeps the permissions that the file has", async () => {
    writeFileSync(file(), "pins: {}\n");
    await chmod(file(), 0o664);
    await change(new Map([[books, pin("124")]]));
    expect(statSync(file()).mode & 0o777).toBe(0o664);
  });

  it.each([
    ["true", '"true"'],
    ["1e3", '"1e3"'],
    ["v1.4.0", "v1.4.0"],
  ])("writes a build that reads as itself: %s", async (build, written) => {
    await change(new Map([[books, pin(build)]]));
    expect(text()).toContain(`build: ${written}\n`);
    expect((await readPins(workspace)).get(books)?.build).toBe(build);
  });

  it("keeps a reason as it was given, whatever is in it", async () => {
    const reason = 'a: b # no comment\n"quoted" \u{1F525} <<<<<<< \ttab';
    await change(new Map([[books, pin("124", reason)]]));
    expect((await readPins(workspace)).get(books)?.reason).toBe(reason);
  });

  it("would rather not write than change what anchors mean", async () => {
    const before = "pins:\n  search: &slow\n    build: 1\n  zoo: *slow\n";
    writeFileSync(file(), before);
    const moved = change(new Map([[serviceName("search"), undefined]]));
    await expect(moved).rejects.toThrow("cannot be changed by a program");
    expect(text()).toBe(before);
  });

  it("writes nothing into a file with a mistake", async () => {
    const before = "pins:\n  books: 124\n";
    writeFileSync(file(), before);
    await expect(change(new Map([[authors, pin("7")]]))).rejects.toThrow("pins.yaml has a problem");
    expect(text()).toBe(before);
  });
});

describe("several who pin at once", () => {
  const writer = (service: string, times: number, onLine: (line: string) => void = () => {}) =>
    systemProcesses.run(
      process.execPath,
      ["--import", "tsx", join(import.meta.dirname, "change-pins.ts"), workspace, state(), service, String(times)],
      { onLine },
    );

  it("lose nobody's pin", { timeout: 60_000 }, async () => {
    const ended = await Promise.all(["authors", "books", "search"].map((service) => writer(service, 8)));
    expect(ended.map(({ code }) => code)).toEqual([0, 0, 0]);
    const pins = await readPins(workspace);
    expect([...pins].map(([service, { build }]) => `${service} ${build}`)).toEqual([
      "authors 8",
      "books 8",
      "search 8",
    ]);
  });

  it("leave a whole file wherever one of them is killed, and the next one writes on", { timeout: 60_000 }, async () => {
    for (const line of [1, 4, 9]) {
      const { signal } = await writer("books", 100_000, (said) => {
        const [pid, build] = said.split(" ").map(Number);
        if (pid !== undefined && build === line) process.kill(pid, "SIGKILL");
      });
      expect(signal).toBe("SIGKILL");
      expect(Number((await readPins(workspace)).get(books)?.build)).toBeGreaterThanOrEqual(line);
    }
    await change(new Map([[authors, pin("7")]]));
    expect([...(await readPins(workspace)).keys()]).toEqual(["authors", "books"]);
  });
});
