import { realpathSync } from "node:fs";
import type { Runtime } from "../../plan/forwarder.ts";

/** What `process.report` tells, as far as it is looked at. */
interface Report {
  readonly sharedObjects?: readonly string[];
}

/** The Node that runs this very process, by the files that it is made of: what an empty container needs to run it. */
export function thisRuntime(): Runtime {
  const { sharedObjects = [] } = process.report.getReport() as Report;
  // The kernel's own (linux-vdso.so.1) has no path.
  const libraries = sharedObjects.filter((path) => path.startsWith("/")).sort();
  return { program: realpathSync(process.execPath), libraries };
}
