import { expect, it } from "vitest";
import { type BuildPart, buildProgress } from "../../../../src/provider/vm/image-progress.ts";

const told = (...lines: string[]): (BuildPart | undefined)[] => lines.map(buildProgress());
const parts = (lines: readonly string[]): number[] =>
  told(...lines).flatMap((now) => (now === undefined ? [] : [now.part]));

it("names what mmdebstrap is at, and how far it is", () => {
  const [first, ...others] = told(
    "I: running apt-get update...",
    "Hit:1 http://deb.debian.org/debian bookworm InRelease",
    "I: downloading packages with apt...",
  );
  expect(first).toEqual({ part: 0, detail: "reading Debian's lists" });
  expect(others).toEqual([undefined, { part: 0.06, detail: "downloading packages" }]);
});

it("says nothing before it begins, of the hooks' own lines, and of one that tells nothing new", () => {
  expect(told("I: automatically chosen mode: root", "Unpacking apt (2.6.1) ...")).toEqual([undefined, undefined]);
  const package_ = "Setting up docker.io (20.10.24+dfsg1-1+deb12u1) ...";
  expect(parts(["I: installing remaining packages inside the chroot...", package_])).toEqual([0.35]);
});

it("moves with each package, never back, and not past the stretch that it is in", () => {
  const packages = Array.from({ length: 1000 }, (_, at) => `Unpacking package-${at} (1.0) ...`);
  const moved = parts(["I: installing essential packages...", ...packages, "I: creating tarball..."]);
  expect(moved).toEqual([...moved].sort((one, other) => one - other));
  expect(moved.length).toBeGreaterThan(15);
  expect(moved.slice(-2)).toEqual([0.35, 0.88]);
});
