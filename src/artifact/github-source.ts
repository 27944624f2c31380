import type { ArtifactSource, Artifacts } from "../model/artifact-source.ts";
import { githubApi } from "./github-api.ts";
import { notFound } from "./github-failures.ts";
import { releaseBuilds, releasesPath } from "./github-releases.ts";
import { workflowBuilds, workflowPath } from "./github-workflow.ts";
import { askOnceEach } from "./questions.ts";
import type { ServerAccess } from "./server-access.ts";
import type { Source } from "./source.ts";
import { fill } from "./templates.ts";

type Github = Extract<ArtifactSource, { kind: "github" }>;

/**
 * Builds on GitHub (`github:owner/name`): the assets of releases, named after the tag, or the artifacts of a workflow's
 * successful runs, named after the run's number. A repository is asked once, however many services it builds.
 */
export function githubSource(artifacts: Artifacts, { from, ...source }: Github, access: ServerAccess): Source {
  const api = githubApi(artifacts, source.api, access.http, access.authorization);
  return {
    async builds(wanted, signal) {
      const repositoryOf = (service: string) => fill(source.repository, { service });
      const builds = await askOnceEach(wanted, repositoryOf, (question) => {
        const asking = { ...question, artifacts, api, access, signal };
        return from.is === "release" ? releaseBuilds(asking) : workflowBuilds(from, asking);
      });
      if (builds !== undefined) return builds;
      const [first = ""] = [...wanted.keys()].map(repositoryOf);
      const path = from.is === "release" ? releasesPath(first) : workflowPath(first, from);
      throw notFound(api.url(path), artifacts);
    },
  };
}
