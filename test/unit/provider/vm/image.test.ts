import { createHash } from "node:crypto";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { guestArchitecture } from "../../../../src/provider/vm/architecture.ts";
import { haveImage } from "../../../../src/provider/vm/image.ts";
import { expectNothingMissing, missingFor, packagesOf } from "../../../../src/provider/vm/image-needs.ts";
import { startHttpServer } from "../../../harness/http-server.ts";
import { surroundingsIn } from "../surroundings.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "dvi-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const here = () => surroundingsIn(folder);
const digestOf = (content: Buffer): string => createHash("sha256").update(content).digest("hex");
/** As a disk begins that is no qcow2: with a boot sector. */
const DISK = Buffer.alloc(4096, "boot sector ");
const images = () => join(folder, "cache/vm/images");

/** A profile's image by the URL of a file of these bytes. */
function wishFor(content: Buffer, sha256 = digestOf(content)) {
  const path = join(folder, "their disk");
  writeFileSync(path, content);
  return { from: "url", url: pathToFileURL(path).href, sha256 } as const;
}

const have = (content: Buffer, sha256?: string) => haveImage(wishFor(content, sha256), here(), () => {});

/** The header of a qcow2 disk, version 3. */
function qcow2({ backing = 0n, features = 0n } = {}): Buffer {
  const header = Buffer.alloc(512);
  header.write("QFI\xfb", "latin1");
  header.writeUInt32BE(3, 4);
  header.writeBigUInt64BE(backing, 8);
  header.writeBigUInt64BE(features, 72);
  return header;
}

describe("an image by its URL", () => {
  it("is downloaded once, checked, and kept so that nobody writes to it", async () => {
    const server = await startHttpServer();
    server.route("/disk.raw", (_, answer) => void answer.end(DISK));
    try {
      const wish = { from: "url", url: server.url("/disk.raw"), sha256: digestOf(DISK).toUpperCase() } as const;
      const notes: string[] = [];
      const image = await haveImage(wish, here(), (words, { part } = {}) => notes.push(`${words}: ${part}`));
      expect(image).toMatchObject({ digest: digestOf(DISK), format: "raw", boot: undefined });
      expect(readFileSync(image.disk)).toEqual(DISK);
      expect(statSync(image.disk).mode & 0o777).toBe(0o400);
      expect(notes).toContain(`downloading ${server.url("/disk.raw")}: 1`);
      expect(await haveImage(wish, here(), () => {})).toEqual(image);
      expect(server.requests).toHaveLength(1);
    } finally {
      await server.close();
    }
  }, 20_000);

  it("is not taken when it is another disk than the profile means, and nothing of it stays", async () => {
    await expect(have(DISK, digestOf(qcow2()))).rejects.toMatchObject({
      exitCode: 1,
      message: `${join(folder, "their disk")} is not the disk that the profile means: its SHA-256 is ${digestOf(DISK)}`,
    });
    expect(readdirSync(images()).filter((name) => name !== ".locks")).toEqual([]);
  });

  it("is the person's mistake when there is none, or it is packed", async () => {
    const wish = wishFor(Buffer.from("fd377a585a000004", "hex"));
    await expect(haveImage(wish, here(), () => {})).rejects.toMatchObject({ message: expect.stringContaining("xz") });
    const url = pathToFileURL(join(folder, "nothing")).href;
    await expect(haveImage({ ...wish, url }, here(), () => {})).rejects.toMatchObject({ class: "user" });
  });

  it("may be a qcow2, but not one that has QEMU read other files of this machine", async () => {
    expect(await have(qcow2())).toMatchObject({ format: "qcow2" });
    await expect(have(qcow2({ backing: 512n }))).rejects.toThrow("refers to another file");
    await expect(have(qcow2({ features: 4n }))).rejects.toThrow("refers to another file");
  });

  it("is interrupted", async () => {
    const had = haveImage(wishFor(DISK), here(), () => {}, AbortSignal.abort());
    await expect(had).rejects.toMatchObject({ exitCode: 130 });
  });
});

describe("what is not a whole image", () => {
  it("is had anew: one that was cut, and one whose record is gone", async () => {
    const { disk } = await have(DISK);
    for (const spoil of [() => truncateSync(disk, 100), () => rmSync(join(disk, "../image.json"))]) {
      chmodSync(disk, 0o600);
      spoil();
      expect(readFileSync((await have(DISK)).disk)).toEqual(DISK);
    }
  });

  it("is never taken for one: what a killed devenv left is taken away", async () => {
    const incoming = join(images(), `${digestOf(DISK)}.incoming-a1b2c3`);
    mkdirSync(incoming, { recursive: true });
    writeFileSync(join(incoming, "disk"), "half");
    expect(readFileSync((await have(DISK)).disk)).toEqual(DISK);
    expect(existsSync(incoming)).toBe(false);
  });

  it("is made by one of two that want it at once", async () => {
    const parts: unknown[] = [];
    const wish = wishFor(DISK);
    const both = [1, 2].map(() => haveImage(wish, here(), (_, told) => parts.push(told?.part)));
    const [one, other] = await Promise.all(both);
    expect(one).toEqual(other);
    expect(parts.filter((part) => part === 1)).toHaveLength(1);
  });
});

describe("what is not installed", () => {
  const guest = { ...guestArchitecture("x64"), program: "qemu-of-nobody", packages: ["qemu-of-nobody"] };

  it("is installed by one command, in which a package of two programs stands once", () => {
    const of = { package: "openssh-client", why: "" };
    expect(
      packagesOf([
        { ...of, what: "ssh" },
        { ...of, what: "ssh-keygen" },
      ]),
    ).toEqual(["openssh-client"]);
  });

  it("is named with what it is for, and the command that installs it", () => {
    const wish = wishFor(DISK);
    expect(missingFor(wish, here(), guest)).toEqual([
      { what: "qemu-of-nobody", package: "qemu-of-nobody", why: "runs the machine" },
    ]);
    expect(() => expectNothingMissing(wish, here(), guest)).toThrow(
      "a virtual machine cannot be had, as this is not installed here: qemu-of-nobody, which runs the machine",
    );
  });
});
