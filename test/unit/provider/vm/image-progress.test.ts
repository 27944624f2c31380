import { expect, it } from "vitest";
import { buildProgress } from "../../../../src/provider/vm/image-progress.ts";

const notes = (...lines: string[]): (string | undefined)[] => lines.map(buildProgress("bookworm"));
const percents = (lines: readonly string[]): number[] =>
  notes(...lines).flatMap((note) => (note === undefined ? [] : [Number(/(\d+)%/.exec(note)?.[1])]));

it("names what mmdebstrap is at, and how far it is", () => {
  const [first, ...others] = notes(
    "I: running apt-get update...",
    "Hit:1 http://deb.debian.org/debian bookworm InRelease",
    "I: downloading packages with apt...",
  );
  expect(first).toBe("building Debian bookworm for the virtual machine: 0% (reading Debian's lists)");
  expect(others).toEqual([undefined, "building Debian bookworm for the virtual machine: 6% (downloading packages)"]);
});

it("says nothing before it begins, of the hooks' own lines, and of one that tells nothing new", () => {
  expect(notes("I: automatically chosen mode: root", "Unpacking apt (2.6.1) ...")).toEqual([undefined, undefined]);
  const package_ = "Setting up docker.io (20.10.24+dfsg1-1+deb12u1) ...";
  expect(percents(["I: installing remaining packages inside the chroot...", package_])).toEqual([35]);
});

it("moves with each package, never back, and not past the stretch that it is in", () => {
  const packages = Array.from({ length: 1000 }, (_, at) => `Unpacking package-${at} (1.0) ...`);
  const told = percents(["I: installing essential packages...", ...packages, "I: creating tarball..."]);
  expect(told).toEqual([...told].sort((one, other) => one - other));
  expect(told.length).toBeGreaterThan(15);
  expect(told.slice(-2)).toEqual([35, 88]);
});
