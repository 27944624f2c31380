/** A program that takes a folder's lock, says so, and keeps it until it is ended: `hold-lock.ts FOLDER [exit]`. */
import { withLock } from "../../../src/host/lock.ts";

const [folder = "", then] = process.argv.slice(2);
await withLock(folder, { wait: true, command: "hold-lock" }, async () => {
  process.stdout.write("held\n");
  if (then === "exit") process.exit(7);
  await new Promise((resolve) => setTimeout(resolve, 60_000));
});
