import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { findPrograms, likelyServices } from "../../../src/profile/discover/programs.ts";
import { folderWith } from "./loading.ts";

const SERVER = 'package main\n\nfunc main() { http.ListenAndServe(":8080", nil) }\n';
const TOOL = 'package main\n\nfunc main() { fmt.Println("done") }\n';

/** What is found in a repository with these files, in a few words each. */
async function found(files: Record<string, string>) {
  const folder = await folderWith(files);
  const programs = await findPrograms(folder);
  return programs.map(({ name, what, port, health, make, folder: place }) => ({
    name,
    what,
    port,
    health,
    make,
    at: place.slice(folder.length + 1),
  }));
}

const names = async (files: Record<string, string>) => (await found(files)).map(({ name }) => name);

describe("a Go module", () => {
  test("gives its main packages at the top and under cmd/, with their ports and probes", async () => {
    const programs = await found({
      "go.mod": "module example.org/shop/books/v2\n\ngo 1.22\n",
      "main.go": TOOL,
      "cmd/api/main.go": SERVER,
      "cmd/api/routes.go": 'package main\n\nvar path = "GET /healthz"\n',
      "cmd/lib/lib.go": "package lib\n",
      "cmd/worker/main_test.go": SERVER,
      "vendor/x/main.go": SERVER,
    });
    expect(programs).toMatchObject([
      { name: "books", what: "Go, .", make: { kind: "go", package: "." }, port: undefined },
      {
        name: "api",
        what: "Go, ./cmd/api",
        make: { kind: "go", package: "./cmd/api" },
        port: 8080,
        health: "/healthz",
      },
    ]);
  });

  test.each([
    ['var addr = flag.String("addr", ":9000", "where to listen")', 9000],
    ['flag.StringVar(&addr, "listen-address", "0.0.0.0:9001", "")', 9001],
    ['port := flag.Int("port", 9002, "")', 9002],
    ['srv := &http.Server{Addr: ":9003"}', 9003],
    ['l, err := net.Listen("tcp", "localhost:9004")', 9004],
    ['addr := env("LISTEN_ADDR", ":9005")', 9005],
    ['port := getenv("PORT", "9006")', 9006],
    ["fmt.Println(8080)", undefined],
    ['http.ListenAndServe(":99999", nil)', undefined],
  ])("that says %s listens on %s", async (line, port) => {
    const [program] = await found({ "go.mod": "module x\n", "main.go": `package main\n\nfunc main() {}\n${line}\n` });
    expect(program?.port).toBe(port);
  });
});

describe("a Rust crate", () => {
  test("gives its binaries", async () => {
    const manifest = '[package]\nname = "shop"\n\n[dependencies]\naxum = { version = "0.7" }\n';
    const main = 'fn main() { TcpListener::bind("0.0.0.0:3000"); route("/health"); }\n';
    const [shop, ...others] = await found({ "Cargo.toml": manifest, "src/main.rs": main, "src/bin/seed.rs": "" });
    expect(shop).toMatchObject({ name: "shop", port: 3000, health: "/health" });
    expect(shop?.make).toEqual({ kind: "cargo", binary: "shop", image: expect.stringMatching(/^debian:/) });
    expect(others.map(({ name }) => name)).toEqual(["seed"]);
    expect(await names({ "Cargo.toml": manifest, "src/lib.rs": "" })).toEqual([]);
  });

  test("that is a workspace gives those of its members, built at its top", async () => {
    const programs = await found({
      "Cargo.toml": '[workspace]\nmembers = ["crates/*", "tool"]\n',
      "crates/api/Cargo.toml": '[package]\nname = "api"\n[[bin]]\nname = "api-server"\npath = "src/main.rs"\n',
      "crates/api/src/main.rs": "fn main() {}",
      "crates/core/Cargo.toml": '[package]\nname = "core"\n',
      "crates/core/src/lib.rs": "",
      "tool/Cargo.toml": '[package]\nname = "tool"\n',
      "tool/src/main.rs": "fn main() {}",
    });
    expect(programs.map(({ name, at }) => [name, at])).toEqual([
      ["api-server", ""],
      ["tool", ""],
    ]);
  });

  test("whose manifest is no TOML gives nothing", async () => {
    expect(await names({ "Cargo.toml": "[package\n", "src/main.rs": "" })).toEqual([]);
  });
});

describe("a Node package", () => {
  test("with a start script is installed and built as its lock file and scripts say", async () => {
    const [program] = await found({
      "package.json": JSON.stringify({
        name: "@shop/web",
        scripts: { start: "node dist/server.js", build: "tsc" },
        engines: { node: ">=20.1" },
      }),
      "package-lock.json": "{}",
      "src/server.ts": 'app.get("/healthz"); app.listen(process.env.PORT ?? 3001);\n',
    });
    expect(program).toMatchObject({ name: "web", port: 3001, health: "/healthz" });
    expect(program?.make).toEqual({
      kind: "command",
      command: 'npm ci && npm run build && cp -R . "$DEVENV_OUT"',
      artifact: "tree",
      image: "node:20-slim",
      run: ["npm", "start"],
    });
  });

  test("without one, or with a manifest that is no JSON, gives nothing", async () => {
    expect(await names({ "package.json": '{"scripts":{"build":"tsc"}}' })).toEqual([]);
    expect(await names({ "package.json": "{" })).toEqual([]);
  });
});

describe("a Dockerfile", () => {
  test("is an image of its own where nothing else is known, and tells the port where something is", async () => {
    const image = "FROM debian\nEXPOSE 53/udp\nEXPOSE 8088/tcp\n";
    expect(await found({ Dockerfile: image })).toMatchObject([{ port: 8088, make: { kind: "image" } }]);
    const go = { "go.mod": "module example.org/books\n", "main.go": TOOL };
    expect(await found({ ...go, Dockerfile: image })).toMatchObject([{ name: "books", port: 8088, what: "Go, ." }]);
  });

  test("in a folder of its own is called after the repository, with the context that its copies need", async () => {
    const files = { "shop/docker/Dockerfile": "FROM x\nCOPY src /src\n", "shop/src/a": "", "shop/docker/b": "" };
    expect(await found(files)).toMatchObject([{ name: "shop", at: "shop", make: { dockerfile: "docker/Dockerfile" } }]);
    const inside = { "shop/docker/Dockerfile": "FROM x\nCOPY b /b\n", "shop/docker/b": "" };
    expect(await found(inside)).toMatchObject([
      { name: "shop", at: "shop/docker", make: { dockerfile: "Dockerfile" } },
    ]);
  });
});

test("a repository of several is looked through two folders deep", async () => {
  const files = {
    "services/a/go.mod": "module a\n",
    "services/a/main.go": SERVER,
    "services/b/package.json": '{"name":"b","scripts":{"start":"node ."}}',
    "services/b/node_modules/c/package.json": '{"name":"c","scripts":{"start":"node ."}}',
    "one/two/three/Dockerfile": "FROM x\n",
  };
  expect(await names(files)).toEqual(["a", "b"]);
});

test("of several programs in one folder those are proposed that listen; a folder's only one always is", async () => {
  const folder = await folderWith({
    "a/go.mod": "module a\n",
    "a/cmd/api/main.go": SERVER,
    "a/cmd/migrate/main.go": TOOL,
    "b/go.mod": "module b\n",
    "b/main.go": TOOL,
  });
  const programs = [...(await findPrograms(join(folder, "a"))), ...(await findPrograms(join(folder, "b")))];
  expect(programs.map(({ name }) => name)).toEqual(["api", "migrate", "b"]);
  expect(likelyServices(programs).map(({ name }) => name)).toEqual(["api", "b"]);
});
