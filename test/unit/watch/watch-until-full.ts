/** Watches the folders that it is given until the first failure, and prints that. Run by limits.test.ts. */
import { type Failure, report } from "../../../src/model/failure.ts";
import { watchPaths } from "../../../src/watch/watch.ts";

const watching = watchPaths(
  { folders: process.argv.slice(2), files: [] },
  { onChange: () => {}, onError: (failure) => console.log(JSON.stringify({ told: report(failure) })) },
);
await watching.ready.then(
  () => console.log(JSON.stringify({ ready: watching.count() })),
  (failure: Failure) => console.log(JSON.stringify({ thrown: report(failure), left: watching.count() })),
);
await watching.close();
