import { writeFile } from "node:fs/promises";
import type { TestWorkspace } from "../harness/workspace.ts";

/** How a service of a workspace's recipes is written in a profile; what a test says comes first. */
export const answering = (name: string, more = ""): string => `  ${name}:
    image: scratch
    command: [/devenv/bin/${name}]
    stop_grace_period: 2s
${more}    x-devenv:
      repo: repos/${name}
      build: { go: ./cmd/${name} }
      ready: { http: /healthz, port: 8080, within: 5s }
`;

/** Replaces a workspace's profile: services as YAML indented by two, then what stands at the top. */
export const writeProfile = (workspace: TestWorkspace, services: string, top = ""): Promise<void> =>
  writeFile(
    workspace.profile,
    `name: ${workspace.cluster}
x-devenv:
  provider: docker
  artifacts: { source: "file:./ci" }
services:
${services}${top}`,
  );
