import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import type { Server } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { systemProcesses } from "../../../../src/host/process.ts";
import { linkLayout, makeLinkFolders } from "../../../../src/provider/ssh/layout.ts";
import { type Sighting, stand } from "../../../../src/provider/ssh/standing.ts";
import type { Surroundings } from "../../../../src/provider/surroundings.ts";
import { serveWith, surroundingsIn } from "../surroundings.ts";

let folder: string;
let server: Server;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "dsh-"));
});
afterEach(() => {
  server.close();
  server.closeAllConnections();
  rmSync(folder, { recursive: true, force: true });
});

/**
 * In the place of ssh: what it forwards is the daemon of the test, and while there is `checks`, it says that it goes on. The
 * real one, between a real sshd and a daemon that hangs, would tell nobody when it was asked.
 */
function sshWithin(): Surroundings["processes"] {
  const bin = join(folder, "bin");
  mkdirSync(bin);
  const script = `#!/bin/sh
case "$*" in
  *"-O check"*) exec rm '${folder}/checks' ;;
  *"-O forward"*) socket=$(echo "$*" | sed 's/.*-L \\([^:]*\\):.*/\\1/'); exec ln -s '${folder}/daemon' "$socket" ;;
  *"-O "*) exit 0 ;;
esac
echo "devenv:host unix:///run/docker.sock"
echo devenv:ready
exec cat
`;
  writeFileSync(join(bin, "ssh"), script);
  chmodSync(join(bin, "ssh"), 0o755);
  return {
    ...systemProcesses,
    run: (command, args, options) => systemProcesses.run(command === "ssh" ? join(bin, "ssh") : command, args, options),
  };
}

test("a connection whose daemon answers too late is kept for as long as ssh goes on, and cut once that hangs", async () => {
  let looks = 0;
  server = await serveWith(join(folder, "daemon"), ({ url }, response) => {
    if (url?.includes("/events")) response.flushHeaders();
    else if (++looks === 1) response.end("[]");
  });
  writeFileSync(join(folder, "checks"), "");
  const surroundings = { ...surroundingsIn(folder), processes: sshWithin() };
  const layout = linkLayout({ destination: "me@build-box" }, surroundings);
  await makeLinkFolders(layout);
  const sightings: Sighting[] = [];
  const { trouble, hasStood } = await stand(layout, surroundings, {
    seen: (sighting) => void sightings.push(sighting),
    pause: async () => {},
    wake() {},
    signal: new AbortController().signal,
  });
  expect(hasStood).toBe(true);
  expect(trouble?.failure.message).toContain("does not answer: the connection hangs");
  // The first two looks that hung ended nothing, as ssh still answered; the last one found it stopped.
  expect(sightings.map(({ failure }) => failure?.message)).toEqual([
    ...Array(3).fill("the Docker daemon on me@build-box does not answer: nothing within 1.5 s"),
  ]);
}, 30_000);
