import { expect, test } from "vitest";
import { type Intended, type Listing, mend, readListing } from "../../../../src/delivery/push/orders.ts";
import { type ArtifactDigest, artifactDigest } from "../../../../src/model/names.ts";

const [ONE, TWO] = ["1", "2"].map((word) => artifactDigest(word.repeat(64))) as [ArtifactDigest, ArtifactDigest];
const sources = { init: (name: string) => `/mount/init/${name}`, entry: (digest: string) => `/mount/store/${digest}` };
const nobody = () => false;

const NOTHING: Listing = { pointers: new Map(), entries: new Set(), init: new Map(), tools: new Set() };
const intended: Intended = {
  pointers: new Map([
    ["bin/books", ONE],
    ["config/books", TWO],
  ]),
  init: new Map([["busybox", "b"]]),
  tools: ["ls", "sh"],
};
const same: Listing = {
  pointers: intended.pointers,
  entries: new Set([ONE, TWO]),
  init: intended.init,
  tools: new Set(intended.tools),
};

test("an empty volume is sent everything before a pointer is made", () => {
  expect(mend(NOTHING, intended, sources, nobody)).toEqual({
    sent: [
      { kind: "put", path: "init/busybox", from: "/mount/init/busybox" },
      { kind: "put", path: `store/${ONE}`, from: `/mount/store/${ONE}` },
      { kind: "put", path: `store/${TWO}`, from: `/mount/store/${TWO}` },
    ],
    pointed: [
      { kind: "tools", names: ["ls", "sh"] },
      { kind: "point", pointer: "bin/books", entry: ONE },
      { kind: "point", pointer: "config/books", entry: TWO },
    ],
  });
});

test("one that has it all is left alone", () => {
  expect(mend(same, intended, sources, nobody)).toEqual({ sent: [], pointed: [] });
});

test("only what differs travels: another script, a pointer that leads elsewhere, one that nobody wants", () => {
  const there = {
    ...same,
    init: new Map([["busybox", "another"]]),
    pointers: new Map([...same.pointers, ["bin/books", TWO], ["bin/gone", ONE]]),
  };
  expect(mend(there, intended, sources, nobody)).toEqual({
    sent: [{ kind: "put", path: "init/busybox", from: "/mount/init/busybox" }],
    pointed: [
      { kind: "point", pointer: "bin/books", entry: ONE },
      { kind: "remove", path: "bin/gone" },
    ],
  });
});

test("what two pointers lead to is sent once, and what another devenv is at is left to it", () => {
  const both = {
    ...intended,
    init: new Map(),
    tools: [],
    pointers: new Map([
      ["bin/a", ONE],
      ["bin/b", ONE],
    ]),
  };
  expect(mend(NOTHING, both, sources, nobody).sent).toHaveLength(1);
  const busy = mend({ ...NOTHING, pointers: new Map([["bin/c", TWO]]) }, both, sources, (name) => name !== "a");
  expect(busy.pointed).toEqual([{ kind: "point", pointer: "bin/a", entry: ONE }]);
});

test("a listing is read as busybox prints it", () => {
  const lines = [`pointer 'bin/books' -> '../store/${ONE}'`, `entry ${ONE}`, "init abc  init/busybox", "tools [ ash"];
  expect(readListing(lines)).toEqual({
    pointers: new Map([["bin/books", ONE]]),
    entries: new Set([ONE]),
    init: new Map([["busybox", "abc"]]),
    tools: new Set(["[", "ash"]),
  });
});
