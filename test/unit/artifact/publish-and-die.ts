/** Publishes what argv[4] says, out of the store in argv[3], in the folder argv[2]. Run by publish-killed.test.ts. */
import "./killed-at-step.ts";
import { openPublication } from "../../../src/artifact/publish.ts";
import { openStore } from "../../../src/artifact/store.ts";

const [folder = "", cache = "", built = ""] = process.argv.slice(2);
const { signal } = new AbortController();
async function main(): Promise<void> {
  const publication = await openPublication(folder);
  const options = { store: openStore(cache), number: undefined, at: "2026-11-21T10:00:00Z", signal };
  await publication.publish(JSON.parse(built), options);
}

void main();
