import type { Artifacts } from "../model/artifact-source.ts";
import { fileSource } from "./file-source.ts";
import type { ImagePlace } from "./oci/image-place.ts";
import type { Source } from "./source.ts";
import type { SourceAccess } from "./source-access.ts";

/** The source that a profile names, behind the one port. What a kind needs is loaded when it is the one. */
export async function openSource(artifacts: Artifacts, access: SourceAccess): Promise<Source> {
  const { source } = artifacts;
  switch (source.kind) {
    case "file":
      return fileSource(source.folder);
    case "https": {
      const { httpsSource } = await import("./https-source.ts");
      return httpsSource(source.url, artifacts, access);
    }
    case "jenkins": {
      const [{ jenkinsSource }, { serverAccess }] = await Promise.all([
        import("./jenkins-source.ts"),
        import("./server-access.ts"),
      ]);
      return jenkinsSource(artifacts, source, await serverAccess(artifacts, access));
    }
    case "github": {
      const [{ githubSource }, { serverAccess }] = await Promise.all([
        import("./github-source.ts"),
        import("./server-access.ts"),
      ]);
      return githubSource(artifacts, source, await serverAccess(artifacts, access));
    }
    case "oci": {
      const { ociSource } = await import("./oci/oci-source.ts");
      return ociSource(artifacts, source, await imagePlace(artifacts, source.from, access), access.kindOf);
    }
  }
}

async function imagePlace(
  artifacts: Artifacts,
  from: "registry" | "daemon",
  access: SourceAccess,
): Promise<ImagePlace> {
  if (from === "daemon") return (await import("./oci/daemon-place.ts")).daemonPlace(artifacts, access.docker);
  return (await import("./oci/registry-place.ts")).registryPlace(artifacts, access);
}
