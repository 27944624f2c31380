import { describe, expect, test } from "vitest";
import { serviceName } from "../../../src/model/names.ts";
import { type Inputs, isEditorsTemporary, type Route, route } from "../../../src/swap/route.ts";

const PROFILE = "/team/profiles/books.yaml";
const ENV_FILE = "/team/profiles/books.env";
const books: Inputs = {
  service: serviceName("books"),
  folders: ["/team/repos/books/cmd/books", "/team/repos/kit/log"],
  trees: ["/team/repos/books/container/etc"],
  files: ["/team/repos/books/go.mod", "/team/repos/books/go.sum"],
};
const reviews: Inputs = {
  service: serviceName("reviews"),
  folders: ["/team/repos/reviews", "/team/repos/kit/log"],
  trees: [],
  files: [],
};

const swap = (...names: string[]): Route => ({ to: "swap", services: names.map(serviceName) });
const ignore = (reason: string): Route => ({ to: "ignore", reason });
const NOBODYS = ignore("no service is built from it");

test.each<[string, string, Route]>([
  ["a file of a package", "/team/repos/books/cmd/books/main.go", swap("books")],
  ["a file of a package that two services share", "/team/repos/kit/log/log.go", swap("books", "reviews")],
  ["a file below a package that is no package of it", "/team/repos/books/cmd/books/docs/readme.md", NOBODYS],
  ["a file however deep in a tree", "/team/repos/books/container/etc/tls/ca.pem", swap("books")],
  ["a tree itself", "/team/repos/books/container/etc", swap("books")],
  ["a neighbour of a tree with a longer name", "/team/repos/books/container/etcetera/x", NOBODYS],
  ["a single file", "/team/repos/books/go.sum", swap("books")],
  ["a neighbour of a single file", "/team/repos/books/LICENSE", NOBODYS],
  ["a file of a repository that nobody watches", "/team/repos/other/main.go", NOBODYS],
  ["a Go test", "/team/repos/books/cmd/books/main_test.go", ignore("a test is not part of the binary")],
  ["the profile", PROFILE, { to: "profile" }],
  ["a file that the profile includes", ENV_FILE, { to: "profile" }],
  ["another profile", "/team/profiles/shop.yaml", NOBODYS],
  ["an editor's swap file", "/team/repos/books/cmd/books/.main.go.swp", ignore("an editor's temporary file")],
])("%s is routed", (_, path, expected) => {
  expect(route(path, [books, reviews], [PROFILE, ENV_FILE])).toEqual(expected);
});

describe("a temporary file", () => {
  test.each([
    ["Vim's probe", "4913"],
    ["Vim's swap file", ".main.go.swp"],
    ["Vim's second swap file", ".main.go.swo"],
    ["Vim's back-up", "main.go~"],
    ["Emacs' lock", ".#main.go"],
    ["Emacs' autosave", "#main.go#"],
    ["JetBrains' safe write", "main.go___jb_tmp___"],
    ["JetBrains' old file", "main.go___jb_old___"],
    ["kate's swap file", ".main.go.kate-swp"],
    ["GNOME's safe write", ".goutputstream-5XQ8T2"],
    ["anybody's", "main.go.tmp"],
  ])("is %s", (_, name) => {
    expect(isEditorsTemporary(`/team/repos/books/${name}`)).toBe(true);
  });

  test.each(["main.go", "go.mod", "config.local.toml", ".env", "49130", "4913.go", "template.go", "swp.go"])(
    "is not %s",
    (name) => {
      expect(isEditorsTemporary(`/team/repos/books/${name}`)).toBe(false);
    },
  );

  test("is told by its name alone, not by the folders it is in", () => {
    expect(isEditorsTemporary("/home/me/4913/main.go")).toBe(false);
  });
});
