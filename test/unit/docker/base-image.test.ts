import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { deb822Sources, hostSources, oneLineSources } from "../../../src/docker/apt-sources.ts";
import { debianImage, mmdebstrapArguments, reachOptions } from "../../../src/docker/debian-image.ts";
import { baseImagesOf } from "../../../src/docker/dockerfile.ts";

let root: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), "devenv-root-"));
});
afterEach(() => rm(root, { recursive: true }));

test("a Dockerfile's base images are its FROM lines, but for its own stages and scratch", () => {
  const dockerfile = `
# syntax=docker/dockerfile:1
FROM --platform=$BUILDPLATFORM golang:1.22 AS build
RUN echo FROM nowhere
from debian:bookworm-slim as runtime
COPY --from=build /a /a
FROM \\
  # a comment within
  runtime
FROM scratch
FROM Build
FROM debian:bookworm-slim`;
  expect(baseImagesOf(dockerfile)).toEqual(["golang:1.22", "debian:bookworm-slim"]);
});

test("variables in FROM come from the build's arguments, then from ARG lines before it", () => {
  const dockerfile = `ARG SUITE="bookworm"\nARG BASE=debian:$SUITE\nARG UNSET\nFROM \${BASE}-slim\nFROM $UNSET\nFROM a:\${TAG:-1}`;
  expect(baseImagesOf(dockerfile)).toEqual(["debian:bookworm-slim", "a:1"]);
  expect(baseImagesOf(dockerfile, { SUITE: "trixie", UNSET: "b", TAG: "2" })).toEqual([
    "debian:trixie-slim",
    "b",
    "a:2",
  ]);
});

test("Debian's own images are known by their names, other images and one day's builds are not", () => {
  expect(debianImage("debian:bookworm-slim")).toEqual({ suite: "bookworm", slim: true });
  expect(debianImage("docker.io/library/debian:12")).toEqual({ suite: "bookworm", slim: false });
  expect(debianImage("debian")).toEqual({ suite: "stable", slim: false });
  expect(debianImage("debian:latest")).toEqual({ suite: "stable", slim: false });
  for (const other of [
    "postgres:15",
    "me/debian:12",
    "debian:bookworm-20250520-slim",
    "debian@sha256:ab",
    "debian:99",
  ]) {
    expect(debianImage(other), other).toBeUndefined();
  }
});

test("mmdebstrap is asked for the daemon's architecture, the machine's sources, and less when slim", () => {
  const image = { suite: "bookworm", slim: false };
  const sources = ["deb http://mirror.example/debian bookworm main"];
  expect(mmdebstrapArguments({ image, arch: "arm", sources, aptOptions: ['Acquire::Check-Date "false"'] })).toEqual([
    "--variant=minbase",
    "--format=tar",
    "--architectures=armhf",
    "--dpkgopt=force-unsafe-io",
    '--aptopt=Acquire::Check-Date "false"',
    "bookworm",
    "-",
    ...sources,
  ]);
  const slim = mmdebstrapArguments({ image: { ...image, slim: true }, arch: "amd64", sources: [], aptOptions: [] });
  expect(slim).toContain("--dpkgopt=path-exclude=/usr/share/man/*");
  expect(slim.slice(-2)).toEqual(["bookworm", "-"]);
});

test("of the machine's apt settings those are taken that decide what it reaches", () => {
  const dump = [
    'Acquire::http::Proxy "http://proxy.example:3128";',
    'Acquire::Check-Valid-Until "false";',
    'Acquire::Languages "none";',
    'Acquire::https::Proxy "";',
    'APT::Install-Recommends "false";',
  ].join("\n");
  expect(reachOptions(dump)).toEqual([
    'Acquire::http::Proxy "http://proxy.example:3128"',
    'Acquire::Check-Valid-Until "false"',
  ]);
});

test("apt's two ways to write sources are read alike", () => {
  const key = "/usr/share/keyrings/debian-archive-keyring.gpg";
  const one = `# deb http://old.example/debian x main
deb [arch=amd64 signed-by=${key}] http://mirror.example/debian bookworm main contrib # here
deb-src http://mirror.example/debian bookworm main`;
  const expected = [
    { uri: "http://mirror.example/debian", suite: "bookworm", components: ["main", "contrib"], signedBy: key },
  ];
  expect(oneLineSources(one)).toEqual(expected);
  const stanzas = `Types: deb deb-src
# a comment within
URIs: http://mirror.example/debian
Suites: bookworm
Components: main
  contrib
Signed-By: ${key}

Types: deb
URIs: http://off.example/debian
Suites: bookworm
Components: main
Enabled: no
`;
  expect(deb822Sources(stanzas)).toEqual(expected);
});

test("a Debian machine's sources are taken for its own suite, without third parties' and what is only on its disk", async () => {
  await put("etc/os-release", 'ID=debian\nVERSION_CODENAME="bookworm"\n');
  await put(
    "etc/apt/sources.list",
    `deb http://mirror.example/debian bookworm main
deb http://mirror.example/debian-security bookworm-security main
deb https://docker.example/linux/debian bookworm stable
deb [signed-by=/etc/apt/keyrings/pg.gpg] https://pg.example/pub bookworm main
deb file:/srv/debian bookworm main
deb http://mirror.example/debian trixie main
`,
  );
  expect(await hostSources("bookworm", root)).toEqual([
    "deb http://mirror.example/debian bookworm main",
    "deb http://mirror.example/debian-security bookworm-security main",
  ]);
  expect(await hostSources("trixie", root)).toEqual([]);
});

test("a machine that is not Debian, or has no sources for the suite itself, leaves it to Debian's servers", async () => {
  await put(
    "etc/apt/sources.list.d/debian.sources",
    "Types: deb\nURIs: http://a.example\nSuites: bookworm\nComponents: main\n",
  );
  await put("etc/os-release", "ID=ubuntu\nVERSION_CODENAME=bookworm\n");
  expect(await hostSources("bookworm", root)).toEqual([]);
  await put("etc/os-release", "ID=debian\nVERSION_CODENAME=bookworm\n");
  expect(await hostSources("bookworm", root)).toEqual(["deb http://a.example bookworm main"]);
  await put(
    "etc/apt/sources.list.d/debian.sources",
    "Types: deb\nURIs: http://a.example\nSuites: bookworm-security\nComponents: main\n",
  );
  expect(await hostSources("bookworm", root)).toEqual([]);
});

async function put(path: string, content: string): Promise<void> {
  await mkdir(dirname(join(root, path)), { recursive: true });
  await writeFile(join(root, path), content);
}
