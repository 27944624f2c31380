/** Puts the first half of a file or tree into the store at argv[2], then is killed by SIGKILL. Run by store.test.ts. */
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { Readable } from "node:stream";
import { openStore } from "../../../src/artifact/store.ts";
import { digestOf } from "./folders.ts";
import { tarOf } from "./tars.ts";

const [cache = "", kind = "file"] = process.argv.slice(2);
const content = kind === "file" ? Buffer.alloc(200_000, "x") : tarOf({ path: "a/b", content: "x".repeat(100_000) });

async function* half() {
  yield content.subarray(0, content.length / 2);
  // What came is under its temporary name by now, or this never ends and the test says so.
  for (;;) {
    if ((await readdir(join(cache, "store"))).length > 0) process.kill(process.pid, "SIGKILL");
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

await openStore(cache).put(digestOf(content), kind === "file" ? "file" : "tree", Readable.from(half()));
