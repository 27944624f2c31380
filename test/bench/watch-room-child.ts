/** Watches what it is given, as `devenv watch` does, and prints how long that took and what the process needs then. */
import { watchPaths } from "../../src/watch/watch.ts";

const paths = JSON.parse(process.argv[2] ?? "") as { folders: string[]; trees: string[] };
const begun = performance.now();
const watching = watchPaths(
  { ...paths, files: [] },
  {
    onChange: () => {},
    onError: (failure) => {
      throw failure;
    },
  },
);
await watching.ready;
const ms = performance.now() - begun;
process.stdout.write(JSON.stringify({ ms, peakKb: process.resourceUsage().maxRSS, folders: watching.count() }));
await watching.close();
