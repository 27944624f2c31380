/** Runs `fetchAndDeliver` with its arguments, and says the digest. Run by fetch-killed.test.ts, which has it killed. */
import "./killed-at-step.ts";
import { fetchAndDeliver } from "./fetch-and-deliver.ts";

const [cache = "", json = "", file = "", cluster = ""] = process.argv.slice(2);
void fetchAndDeliver(cache, json, file, cluster).then((digest) => process.stdout.write(digest));
