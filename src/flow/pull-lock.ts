import { join } from "node:path";

/** The lock of those who pull the repositories of a cluster: two fetches of one would fight for what git notes of it. */
export const pullLock = (cluster: { readonly folder: string }): string => join(cluster.folder, "locks", "_pull");
