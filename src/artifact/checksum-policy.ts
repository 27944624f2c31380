import type { ArtifactPolicy } from "../model/artifact-source.ts";
import type { Failure } from "../model/failure.ts";
import type { Content } from "./source.ts";

/**
 * A content as the profile's policy has it: `exists` goes by its name alone; `checksum` lets nothing be opened that has
 * none. It is told then, and not earlier: of other platforms, nothing may be wanted.
 */
export function underPolicy(content: Content, policy: ArtifactPolicy | undefined, refusal: () => Failure): Content {
  if (policy === "exists") return { ...content, checksum: undefined };
  if (policy === undefined || content.checksum !== undefined) return content;
  const open = async () => {
    throw refusal();
  };
  // What was once taken without a checksum is not what is remembered under this key.
  return { ...content, key: `${content.key} without a checksum`, open };
}
