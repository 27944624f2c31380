/** Puts the first half of a file or tree into the store at argv[2], then is killed by SIGKILL. Run by store.test.ts. */
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { Readable } from "node:stream";
import { openStore } from "../../../src/artifact/store.ts";
import { eventually } from "../../harness/eventually.ts";
import { digestOf } from "./folders.ts";
import { tarOf } from "./tars.ts";

const [cache = "", kind = "file"] = process.argv.slice(2);
const content = kind === "file" ? Buffer.alloc(200_000, "x") : tarOf({ path: "a/b", content: "x".repeat(100_000) });

async function* half() {
  yield content.subarray(0, content.length / 2);
  // Until what came is under its temporary name.
  await eventually(
    () => readdir(join(cache, "store")),
    (names) => names.length > 0,
  );
  process.kill(process.pid, "SIGKILL");
}

await openStore(cache).put(digestOf(content), kind === "file" ? "file" : "tree", Readable.from(half()));
