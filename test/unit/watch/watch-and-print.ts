/** Watches the tree that it is given, and prints how many folders that are and every path that is told. */
import { report } from "../../../src/model/failure.ts";
import { watchPaths } from "../../../src/watch/watch.ts";

const print = (value: unknown) => process.stdout.write(`${JSON.stringify(value)}\n`);
const watching = watchPaths(
  { folders: [], trees: process.argv.slice(2), files: [] },
  { onChange: (path) => print({ told: path }), onError: (failure) => print({ failure: report(failure) }) },
);
await watching.ready.catch(() => undefined);
print({ folders: watching.count() });
