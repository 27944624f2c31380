import type { Profile } from "../model/profile.ts";
import { chooseProfile, type Wanted, type Whereabouts } from "./choose-profile.ts";
import { loadProfileCached } from "./profile-cache.ts";

export interface OpenOptions extends Whereabouts {
  /** The person's home folder. */
  readonly home: string;
  /** devenv's cache folder. */
  readonly cacheFolder: string;
  /** See `LoadOptions`. */
  readonly onSecrets: (values: readonly string[]) => void;
}

/**
 * Finds the profile that a command means and reads it.
 * @throws Failure (class user) when there is none, or with all that is wrong with it.
 */
export async function openProfile(wanted: Wanted, options: OpenOptions): Promise<Profile> {
  const { workspace, files, naming, warnings } = await chooseProfile(wanted, options);
  const { environment, home, cacheFolder, onSecrets } = options;
  const profile = await loadProfileCached(files, { workspace, environment, home, onSecrets }, cacheFolder);
  return { ...profile, naming, warnings: [...warnings, ...profile.warnings] };
}
