import type { Service } from "../model/profile.ts";
import type { ProvidedFile } from "../model/provided.ts";

/**
 * A file that says, for as long as something is in it, that a container has not been set up yet. It is put into a
 * container when that is made, and so is gone with it: what a replacement needs anew, and a restart does not. Whoever the
 * container runs as empties it; where its file system is read-only, its folder is a volume of its own.
 */
export const FRESH_MARK = { target: "/.devenv/fresh", content: "fresh\n" } as const;

const MARK: ProvidedFile = {
  kind: "config",
  name: "fresh",
  target: FRESH_MARK.target,
  uid: 0,
  gid: 0,
  mode: 0o666,
  source: { kind: "content", content: FRESH_MARK.content },
};

/** A service whose fresh containers run its container/bin/pre_setup.sh before they start for the first time. */
export const withPreSetup = (service: Service): Service => ({
  ...service,
  preSetup: true,
  provided: [...service.provided, MARK],
});

/** The words before a program that is to wait for that; src/delivery/first-start.sh is what they run. */
export const firstStart = ({ name }: Service): string[] => [
  "/devenv/init/busybox",
  "sh",
  "/devenv/init/first-start",
  name,
  "--",
];
