import { createHash } from "node:crypto";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Address } from "../../../src/model/endpoint.ts";
import {
  findContext,
  type NewContext,
  ownContexts,
  removeContext,
  writeContext,
} from "../../../src/provider/context-store.ts";

let folder: string;
beforeEach(() => {
  folder = join(mkdtempSync(join(tmpdir(), "devenv-contexts-")), "docker");
});
afterEach(() => rmSync(join(folder, ".."), { recursive: true, force: true }));

const id = (name: string) => createHash("sha256").update(name).digest("hex");
const meta = (name: string) => join(folder, "contexts/meta", id(name), "meta.json");
const tls = (name: string, file = "") => join(folder, "contexts/tls", id(name), "docker", file);
const mode = (path: string) => (statSync(path).mode & 0o777).toString(8);

const SOCKET: Address = { kind: "unix", path: "/run/d.sock" };
const REMOTE: Address = {
  kind: "tcp",
  host: "10.0.0.1",
  port: 2376,
  tls: { ca: "the ca", cert: "the cert", key: "the key", folder: "/elsewhere" },
};
const books = (address: Address): NewContext => ({
  address,
  owner: { cluster: "books", folder: "/state/books" },
  description: "devenv cluster books (engine)",
});

/** What somebody else wrote under a name. */
function foreign(name: string, content: object | string): void {
  mkdirSync(join(meta(name), ".."), { recursive: true });
  writeFileSync(meta(name), typeof content === "string" ? content : JSON.stringify(content));
}

describe("a context of ours", () => {
  it("is written as Docker's own client writes one", async () => {
    expect(await writeContext(folder, books(SOCKET))).toBe(true);
    expect(JSON.parse(readFileSync(meta("devenv-books"), "utf8"))).toEqual({
      Name: "devenv-books",
      Metadata: {
        Description: "devenv cluster books (engine)",
        "dev.devenv.cluster": "books",
        "dev.devenv.folder": "/state/books",
      },
      Endpoints: { docker: { Host: "unix:///run/d.sock", SkipTLSVerify: false } },
    });
    expect(mode(meta("devenv-books"))).toBe("644");
    expect(mode(folder)).toBe("700");
    expect(existsSync(tls("devenv-books"))).toBe(false);
  });

  it("keeps the certificates of a daemon with TLS where nobody else reads them", async () => {
    await writeContext(folder, books(REMOTE));
    const files = ["ca.pem", "cert.pem", "key.pem"];
    expect(readdirSync(tls("devenv-books"))).toEqual(files);
    expect(files.map((file) => readFileSync(tls("devenv-books", file), "utf8"))).toEqual([
      "the ca",
      "the cert",
      "the key",
    ]);
    expect(files.map((file) => mode(tls("devenv-books", file)))).toEqual(["600", "600", "600"]);
    expect(mode(tls("devenv-books"))).toBe("700");
  });

  it("is not written again while nothing differs, and loses the certificates that its daemon no longer wants", async () => {
    await writeContext(folder, books(REMOTE));
    const before = statSync(meta("devenv-books")).ino;
    expect(await writeContext(folder, books(REMOTE))).toBe(false);
    expect(statSync(meta("devenv-books")).ino).toBe(before);
    expect(await writeContext(folder, books(SOCKET))).toBe(true);
    expect(existsSync(tls("devenv-books"))).toBe(false);
  });

  it("is found again, and is gone with all its files once it was removed", async () => {
    await writeContext(folder, books(REMOTE));
    const own = { name: "devenv-books", host: "tcp://10.0.0.1:2376", cluster: "books", folder: "/state/books" };
    expect(await findContext(folder, "devenv-books")).toEqual({ kind: "own", context: own });
    expect(await ownContexts(folder)).toEqual([own]);
    await removeContext(folder, "devenv-books");
    expect(await findContext(folder, "devenv-books")).toEqual({ kind: "none" });
    expect(readdirSync(join(folder, "contexts/meta"))).toEqual([]);
    expect(readdirSync(join(folder, "contexts/tls"))).toEqual([]);
    await removeContext(folder, "devenv-books");
  });
});

describe("what is not ours", () => {
  const marks = { "dev.devenv.cluster": "books", "dev.devenv.folder": "/state/books" };

  it.each([
    [
      "a context without our mark",
      { Name: "devenv-books", Metadata: {}, Endpoints: { docker: { Host: "unix:///x" } } },
    ],
    ["a copy that somebody made of ours under another name", { Name: "mine", Metadata: marks, Endpoints: {} }],
    ["what is no JSON", "{"],
    ["an empty file", ""],
    ["a list", []],
  ])("is %s", async (_what, content) => {
    foreign("devenv-books", content);
    expect(await findContext(folder, "devenv-books")).toEqual({ kind: "foreign" });
    expect(await ownContexts(folder)).toEqual([]);
  });

  it("is one of ours in the folder of another name, which would be removed in its place", async () => {
    foreign("mine", { Name: "devenv-books", Metadata: marks, Endpoints: {} });
    expect(await ownContexts(folder)).toEqual([]);
  });

  it("is nothing where there is no folder", async () => {
    expect(await ownContexts(folder)).toEqual([]);
    expect(await findContext(folder, "devenv-books")).toEqual({ kind: "none" });
  });
});
