import { cleanup } from "ink-testing-library";
import { afterEach, describe, expect, test } from "vitest";
import { aService, fakeLive } from "./fake-live.ts";
import { KEYS, open } from "./open-desk.tsx";

afterEach(cleanup);

/** The page of all logs, of three services that run. */
async function shown(columns = 80, rows = 24) {
  const live = fakeLive();
  const screen = open(live, columns, rows);
  live.says([aService("books"), aService("authors"), aService("reviews")]);
  await screen.press(KEYS.tab);
  /** Lines of the page without its title. */
  const lines = async () => (await screen.frame()).split("\n").slice(3);
  return { live, ...screen, lines };
}

describe("the page of logs", () => {
  test("shows lines of all services in the order of their times, whenever they come", async () => {
    const { live, lines } = await shown();
    live.prints("books", "one");
    live.prints("authors", "three");
    live.printsAt(0, "reviews", "two");
    expect((await lines()).slice(0, 3)).toEqual(["  books   │ one", "  reviews │ two", "  authors │ three"]);
  });

  test("a filter leaves the lines that have a text in any case, and escape takes it back", async () => {
    const { live, frame, press } = await shown();
    live.prints("books", "GET /books", "Error: no");
    await press("&", "e", "r", "x", KEYS.backspace, "r");
    expect(await frame()).toContain("lines with: err");
    await press(KEYS.enter);
    expect(await frame()).toContain("✖ books   │ Error: no");
    expect(await frame()).not.toContain("GET /books");
    expect(await frame()).toContain("following · with err");
    await press(KEYS.escape);
    expect(await frame()).toContain("GET /books");
  });

  test("a search goes to what is found while it is typed, on to others with N and n, and says where there is none", async () => {
    const { live, frame, press } = await shown();
    live.prints("books", "first needle");
    for (let at = 0; at < 50; at++) live.prints("books", `line ${at}.`);
    live.prints("books", "second needle");
    for (let at = 50; at < 100; at++) live.prints("books", `line ${at}.`);
    await press("/", "N", "e", "e", "d");
    expect(await frame()).toContain("second needle");
    expect(await frame()).toContain("search: Need");
    await press(KEYS.enter, "N");
    expect(await frame()).toContain("first needle");
    await press("N");
    expect(await frame()).toContain("no older line has Need");
    await press("n");
    expect(await frame()).toContain("second needle");
    await press("/", "x", "y");
    expect(await frame()).toContain("no line has xy");
    await press(KEYS.escape, "f");
    expect(await frame()).toContain("line 99.");
  });

  test("keys that come all at once are told apart: what is typed, enter and what follows it", async () => {
    const { live, frame, press } = await shown();
    for (let at = 0; at < 60; at++) live.prints("books", at % 30 === 0 ? `needle ${at}.` : `line ${at}.`);
    await press("/needlx\x7fe\rN");
    expect(await frame()).toContain("needle 0.");
    await press("\t\t");
    expect(await frame()).toContain("[Services]");
  });

  test("w wraps lines that are too long for the screen, and cuts them again", async () => {
    const { live, frame, press } = await shown();
    live.prints("books", `${"x".repeat(100)}END`);
    await press("l");
    expect(await frame()).toMatch(/^ {2}x{77}…$/m);
    await press("w");
    expect(await frame()).toMatch(/following · wrapped ─+\n {2}x{78}\n {2}x{22}END\n/);
    await press("w");
    expect(await frame()).not.toContain("END");
  });

  test("an error and a warning have marks of their own, in text and in JSON", async () => {
    const { live, lines, press } = await shown();
    live.prints("books", "ERROR no", '{"level":"warn","msg":"slow"}', "well");
    await press("l");
    expect((await lines()).slice(0, 3)).toEqual(["✖ ERROR no", '! {"level":"warn","msg":"slow"}', "  well"]);
  });

  test("characters that take two cells, or none, push nothing out of its place", async () => {
    const { live, frame, press } = await shown();
    live.prints("books", "漢字".repeat(40), "e\u0301".repeat(100));
    await press("l");
    expect(await frame()).toMatch(/^ {2}(漢字){19}…$/m);
    await press("w");
    expect(await frame()).toMatch(/^ {2}(漢字){19}漢\n {2}字(漢字){19}\n {2}漢字\n/m);
  });

  test("a flood moves nothing that is looked at, and nothing of it is lost that is still kept", async () => {
    const { live, lines, press } = await shown();
    for (let at = 0; at < 100; at++) live.prints("books", `line ${at}.`);
    await press(KEYS.pageUp);
    const before = await lines();
    for (let batch = 0; batch < 30; batch++)
      live.printsAll(
        Array.from({ length: 1000 }, (_, n) => ({ service: "authors", text: `flood ${batch * 1000 + n}.` })),
      );
    expect(await lines()).toEqual(before);
    await press("g");
    expect((await lines())[0]).toBe("  books   │ line 0.");
    await press("f", KEYS.pageUp);
    expect((await lines())[0]).toMatch(/authors │ flood 299[5-9]\d\.$/);
  });

  test("> hands all that can be scrolled to over to a file, of the filter and the service that are shown", async () => {
    const { live, frame, press } = await shown();
    live.ends.keepLog = async () => ({ words: "2 lines are in /state/logs/books.log" });
    live.prints("books", "GET /books", "error one");
    live.prints("authors", "error two");
    await press("&", "e", "r", "r", KEYS.enter, ">");
    expect(live.wanted).toMatchObject([{ to: "keepLog", of: undefined }]);
    const [intent] = live.wanted;
    const said = intent?.to === "keepLog" ? [...intent.lines()] : [];
    expect(said).toEqual(["2026-03-01T12:00:00.001Z books error one", "2026-03-01T12:00:00.002Z authors error two"]);
    expect(await frame()).toContain("✔ 2 lines are in /state/logs/books.log");
  });
});
