import type { Position } from "../../model/failure.ts";

/** A profile that is not written yet. */
export interface Draft {
  /** The files that it is made of, by absolute path; the profile itself last. */
  readonly files: ReadonlyMap<string, string>;
  /** Symbolic links beside them: path -> the absolute path that they lead to. */
  readonly links: ReadonlyMap<string, string>;
  /** Absolute path of the profile itself. */
  readonly profile: string;
  /** What a person shall know of it: what was left out, what only they can decide. */
  readonly notes: readonly DraftNote[];
}

export interface DraftNote {
  readonly message: string;
  /** In the file that it was made from. */
  readonly where?: Position | undefined;
}

/** The comment by which an editor finds the schema; `path` leads from the profile's folder to it. */
export const schemaComment = (path: string): string => ` yaml-language-server: $schema=${path}`;
