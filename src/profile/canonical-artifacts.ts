import type { ArtifactSource, Artifacts } from "../model/artifact-source.ts";
import { durationText, type Plain, present } from "./canonical-parts.ts";

/** `x-devenv.artifacts`, or `ci` of a service, as it is written. Of credentials it has the variables' names. */
export const canonicalArtifacts = ({ source, paths, policy, credentials, ca, jobs, everyMs }: Artifacts): Plain =>
  present({
    ...canonicalSource(source),
    path: paths.code,
    config: paths.config,
    setup: paths.setup,
    policy,
    credentials: credentials && present({ user: credentials.user, token: credentials.token }),
    ca,
    jobs,
    every: durationText(everyMs),
  });

function canonicalSource(source: ArtifactSource): Plain {
  switch (source.kind) {
    case "file":
      return { source: `file:${source.folder}` };
    case "https":
      return { source: source.url };
    case "jenkins":
      return { source: `jenkins:${source.url}`, build: source.build };
    case "github": {
      const { repository, api, from } = source;
      const workflow = from.is === "workflow" ? { workflow: from.workflow, branch: from.branch } : {};
      return { source: `github:${repository}`, api, ...workflow };
    }
    case "oci":
      return { source: `oci:${source.image}`, from: source.from };
  }
}
