import { statSync } from "node:fs";
import { asFailure } from "../model/failure.ts";
import type { ClusterName } from "../model/names.ts";
import type { Profile } from "../model/profile.ts";

export interface ProfileSource {
  /** Reads the profile anew. @throws Failure with every mistake in it. */
  readonly reload: () => Promise<Profile>;
  /** It is another one from now on. */
  readonly onProfile: (profile: Profile) => void;
}

/**
 * Notices that a profile was edited by the times of its files, where no save loop runs that would: who shows a cluster
 * shows it by the profile as it is. One with mistakes, or of another cluster, leaves the last one in its place.
 */
export class ProfileEdits {
  readonly #cluster: ClusterName;
  readonly #source: ProfileSource;
  #files: readonly string[] = [];
  #marks = "";

  constructor(profile: Pick<Profile, "name" | "files">, source: ProfileSource) {
    this.#cluster = profile.name;
    this.#source = source;
    this.goBy(profile);
  }

  /** Somebody else has read it. */
  goBy({ files }: Pick<Profile, "files">): void {
    this.#files = files;
    this.#marks = marksOf(files);
  }

  async look(): Promise<void> {
    // Before it is read: what is written meanwhile is noticed the next time.
    const marks = marksOf(this.#files);
    if (marks === this.#marks) return;
    this.#marks = marks;
    try {
      const profile = await this.#source.reload();
      this.#lookAt(profile.files);
      if (profile.name === this.#cluster) this.#source.onProfile(profile);
    } catch (thrown) {
      const { where, problems } = asFailure(thrown);
      this.#lookAt([...this.#files, ...[{ where }, ...problems].flatMap((problem) => problem.where?.file ?? [])]);
    }
  }

  /** Those that were looked at before keep what was seen of them. */
  #lookAt(files: readonly string[]): void {
    const all = [...new Set(files)];
    if (all.join("\n") !== this.#files.join("\n")) this.goBy({ files: all });
  }
}

/** What is another one after each write of one of the files, or when one comes or goes. */
const marksOf = (files: readonly string[]): string =>
  files
    .map((path) => {
      const stats = statSync(path, { throwIfNoEntry: false });
      return stats === undefined ? "-" : `${stats.ino} ${stats.size} ${stats.mtimeMs} ${stats.ctimeMs}`;
    })
    .join("\n");
