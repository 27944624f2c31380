import { open, rm } from "node:fs/promises";
import { join } from "node:path";
import { hostSources } from "../../docker/apt-sources.ts";
import { reachOptions } from "../../docker/debian-image.ts";
import type { Finished } from "../../host/process.ts";
import { environmentFailure, type Failure, interrupted } from "../../model/failure.ts";
import { tryProgram } from "../programs.ts";
import type { ProviderProgress } from "../provider.ts";
import type { Surroundings } from "../surroundings.ts";
import type { GuestArchitecture } from "./architecture.ts";
import { expectNothingMissing } from "./image-needs.ts";
import { buildProgress } from "./image-progress.ts";
import type { ImageSource } from "./image-source.ts";
import { mmdebstrapArguments, type Reach, type Recipe, recipeFor } from "./recipe.ts";

/** The image that is built here from Debian's packages. */
export function builtImage(guest: GuestArchitecture): ImageSource {
  const recipe = recipeFor(guest);
  return {
    digest: recipe.digest,
    async make(folder, surroundings, progress, signal) {
      expectNothingMissing({ from: "packages" }, surroundings);
      const tar = join(folder, "root.tar");
      await pack(recipe, tar, surroundings, progress, signal);
      progress("making the virtual machine's disk");
      await makeDisk(recipe, folder, surroundings, signal);
      await rm(tar);
      return "raw";
    },
  };
}

/** The root file system as a tar, as only root could own its files otherwise. */
async function pack(
  recipe: Recipe,
  tar: string,
  surroundings: Surroundings,
  progress: ProviderProgress,
  signal: AbortSignal | undefined,
): Promise<void> {
  const reach = await reachOf(recipe.suite, surroundings);
  const take = buildProgress();
  const finished = await tryProgram(surroundings, "mmdebstrap", mmdebstrapArguments(recipe, reach, tar), {
    env: { TMPDIR: roomyFolder(surroundings) },
    ...(signal && { signal }),
    onLine(line) {
      const told = take(line);
      if (told !== undefined) progress(`building Debian ${recipe.suite} for the virtual machine`, told);
    },
  });
  if (finished.code !== 0) throw notPacked(finished, surroundings);
}

/** Two thirds of a gigabyte lie there for a minute: in memory, where /tmp is, that may be too much. */
const roomyFolder = ({ environment }: Surroundings): string => environment.TMPDIR || "/var/tmp";

async function reachOf(suite: string, surroundings: Surroundings): Promise<Reach> {
  const sources = await hostSources(suite);
  // Taken over together with the sources: a proxy or an old snapshot of the archive needs both.
  const dump = sources.length === 0 ? undefined : await tryProgram(surroundings, "apt-config", ["dump"]);
  return { sources, aptOptions: dump?.code === 0 ? reachOptions(dump.stdout) : [] };
}

/**
 * Opens the files for a program that may not: in a user namespace, root is another than the person, whose folders it
 * cannot enter, and whose files only with everybody else's rights.
 */
const WITH_FILES = 'cd "$1"; shift; exec <root.tar 3<>disk 4>kernel 5>initrd; exec "$@"';

async function makeDisk(
  recipe: Recipe,
  folder: string,
  surroundings: Surroundings,
  signal: AbortSignal | undefined,
): Promise<void> {
  for (const name of ["disk", "kernel", "initrd"]) {
    const file = await open(join(folder, name), "w");
    await file.chmod(0o666).finally(() => file.close());
  }
  const inside = surroundings.machine.uid === 0 ? [] : ["mmdebstrap", "--unshare-helper"];
  const script = ["sh", "-c", recipe.makeDisk, "sh", String(recipe.diskBytes)];
  const args = ["-c", WITH_FILES, "sh", folder, ...inside, ...script];
  const env = { TMPDIR: roomyFolder(surroundings) };
  const finished = await tryProgram(surroundings, "sh", args, { env, ...(signal && { signal }) });
  if (finished.code === 0) return;
  if (finished.cancelled) throw interrupted();
  throw environmentFailure("the virtual machine's disk could not be made", {
    output: finished.output.trim(),
    hint: "it needs 2 GB of room in TMPDIR or /var/tmp, and as much in the cache folder",
  });
}

/** Whom the image's files belong to, in a user namespace. */
const AS_A_USER =
  "; whoever is not root also needs user namespaces and a range in /etc/subuid and /etc/subgid: " +
  "`sudo usermod --add-subuids 100000-165535 --add-subgids 100000-165535 $USER`";

function notPacked(finished: Finished, { machine }: Surroundings): Failure {
  if (finished.cancelled) return interrupted();
  const lines = finished.stderr.trimEnd().split("\n");
  const reason = lines.findLast((line) => line.startsWith("E: ") && !/^E: (mmdebstrap failed|setup failed)/.test(line));
  const how = reason?.replace(/^E: /, "") ?? `it ended with ${finished.code ?? finished.signal}`;
  return environmentFailure(`mmdebstrap cannot build the virtual machine's image: ${how}`, {
    output: lines.slice(-20).join("\n"),
    hint: `it needs a way to a mirror of Debian, and 2 GB of room in TMPDIR or /var/tmp${machine.uid === 0 ? "" : AS_A_USER}`,
  });
}
