import type { Profile } from "../model/profile.ts";
import { shellWord } from "./shell-word.ts";

/**
 * The command that brings a profile's cluster up, for hints: with the name or the files (absolute) that were given, or
 * with nothing where a command without a profile means this one.
 */
export const upCommand = (profile: Profile): string => ["devenv up", ...profileArguments(profile)].join(" ");

/** What names a profile after a command that takes it as an argument; each ready for a shell. */
function profileArguments({ naming, file }: Profile): string[] {
  switch (naming?.by) {
    case "name":
      return [naming.name];
    case "default":
      return [];
    default:
      return (naming?.files ?? [file]).flatMap((each) => ["-f", shellWord(each)]);
  }
}
