import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { modeText } from "../../../src/model/mode.ts";
import { loadProfile } from "../../../src/profile/load-profile.ts";

const ROOT = join(import.meta.dirname, "../../..");
const FOLDER = join(ROOT, "profiles");
const names = (await readdir(FOLDER)).filter((name) => name.endsWith(".yaml"));

const shipped = (name: string, environment: Readonly<Record<string, string>> = {}) =>
  loadProfile(join(FOLDER, name), { workspace: ROOT, environment, home: "/home/ada" });

/** Mode -> the services that the profile puts into it. */
async function modesOf(name: string, environment: Readonly<Record<string, string>> = {}) {
  const modes: Record<string, string[]> = {};
  for (const { name: service, mode } of (await shipped(name, environment)).services) {
    const text = mode === undefined ? "none" : modeText(mode);
    modes[text] = [...(modes[text] ?? []), service];
  }
  return modes;
}

const SERVICES = ["gateway", "books", "authors", "reviews", "search", "recommend", "notifier"];
const DATA = ["postgres", "redis", "nats"];

describe("the profiles that ship", () => {
  test.each(names)("%s loads without a warning, and names its schema for editors", async (name) => {
    expect((await shipped(name)).warnings).toEqual([]);
    const [first] = (await readFile(join(FOLDER, name), "utf8")).split("\n");
    expect(first).toBe("# yaml-language-server: $schema=../.devenv/schema.json");
  });

  test("books leaves every mode to the work, its variants are the same cluster", async () => {
    expect(await modesOf("books.yaml")).toEqual({ none: ["web", ...SERVICES, ...DATA] });
    const clusters = await Promise.all(names.map(async (name) => (await shipped(name)).name));
    expect(new Set(clusters)).toEqual(new Set(["books"]));
  });

  test("books-frontend has everything from CI, and the page from its work tree", async () => {
    expect(await modesOf("books-frontend.yaml")).toEqual({ local: ["web"], ci: SERVICES, none: DATA });
  });

  test("books-remote has the page alone, on the back end that a variable names", async () => {
    const rest = [...SERVICES.filter((name) => name !== "gateway"), ...DATA];
    const remote = (url: string) => ({ none: ["web"], [`remote:${url}`]: ["gateway"], off: rest });
    expect(await modesOf("books-remote.yaml")).toEqual(remote("https://gateway.staging.books.example"));
    const environment = { BOOKS_BACKEND: "http://127.0.0.1:9797" };
    expect(await modesOf("books-remote.yaml", environment)).toEqual(remote("http://127.0.0.1:9797"));
  });
});
