import { type ArtifactSource, type Artifacts, ASK_CI_EVERY_MS, DOWNLOADS_AT_ONCE } from "../model/artifact-source.ts";
import type { Service } from "../model/profile.ts";
import { placeholderProblem, serverOf, type WrittenSource } from "./artifact-syntax.ts";
import { present } from "./canonical-parts.ts";
import type { Checked } from "./checked.ts";
import type { ExtensionData, ServiceData } from "./compose-schema.ts";
import type { Path } from "./located.ts";
import { inFolder } from "./place.ts";
import type { ReadOptions } from "./read-options.ts";

type Written = NonNullable<NonNullable<ServiceData["x-devenv"]>["ci"]>;
type Key = keyof Written;
type Around = Pick<ReadOptions, "workspace" | "home"> & Pick<Checked, "problems">;

const PATHS = ["path", "config", "setup"] as const;
const HTTP = ["https", "jenkins", "github", "oci"];

/** Which kinds of source take a key; what is not here, all do. */
const KINDS_OF: Partial<Readonly<Record<Key, readonly string[]>>> = {
  path: ["jenkins", "github", "oci"],
  config: ["jenkins", "github", "oci"],
  setup: ["jenkins", "github", "oci"],
  policy: ["jenkins", "github"],
  build: ["jenkins"],
  workflow: ["github"],
  branch: ["github"],
  api: ["github"],
  from: ["oci"],
  credentials: HTTP,
  ca: HTTP,
};

const takes = (source: WrittenSource, key: Key): boolean => KINDS_OF[key]?.includes(source.kind) ?? true;

/** `x-devenv.artifacts`, complete. Notes the keys that make no sense for its kind of source. */
export function profileArtifacts({ artifacts }: ExtensionData, around: Around): Artifacts | undefined {
  return artifacts && complete(artifacts, artifacts, artifacts.source, ["x-devenv", "artifacts"], around);
}

/**
 * `x-devenv.ci` of a service, laid over the profile's `artifacts`: a source of its own takes over what is for any source
 * of its kind, and the credentials only where it is the same server.
 */
export function serviceArtifacts(
  name: string,
  own: Written | undefined,
  { artifacts: base }: ExtensionData,
  around: Around & Pick<Checked, "mayHave">,
): Artifacts | undefined {
  if (own === undefined) return undefined;
  const path = ["services", name, "x-devenv", "ci"];
  const source = own.source ?? base?.source;
  if (source === undefined) {
    const isTold = around.mayHave(path, "source") || around.mayHave(["x-devenv"], "artifacts");
    if (!isTold) around.problems.atKey(path, `ci of ${name} has no source, nor has the profile`, "source: file:./ci");
    return undefined;
  }
  return complete({ ...inherited(own, base), ...present(own) }, own, source, path, around);
}

function inherited(own: Written, base: Written | undefined): Written {
  if (base?.source === undefined || own.source === undefined) return base ?? {};
  const { credentials, ca, ...rest } = base;
  if (own.source.kind !== base.source.kind) return { jobs: base.jobs, every: base.every, policy: base.policy };
  const isSameServer = serverOf(own.source, own.api ?? base.api) === serverOf(base.source, base.api);
  return isSameServer ? base : rest;
}

/** @param own what is written at `path` itself, where problems are told. */
function complete(merged: Written, own: Written, source: WrittenSource, path: Path, around: Around): Artifacts {
  const { problems, workspace, home } = around;
  checkKeys(own, source, path, around);
  const mine = <K extends Key>(key: K): Written[K] | undefined => (takes(source, key) ? merged[key] : undefined);
  const { from } = merged;
  const isLocal = source.kind === "oci" && from === "daemon";
  if (own.credentials && isLocal)
    problems.atKey([...path, "credentials"], "a daemon needs no credentials", "leave it out");
  const [ca, credentials] = [mine("ca"), mine("credentials")];
  return {
    source: completeSource(source, merged, around),
    paths: { code: mine("path"), config: mine("config"), setup: mine("setup") },
    policy: mine("policy"),
    credentials: credentials && !isLocal ? { user: credentials.user, token: credentials.token } : undefined,
    ca: ca === undefined ? undefined : inFolder(workspace, ca, home),
    jobs: merged.jobs ?? DOWNLOADS_AT_ONCE,
    everyMs: merged.every ?? ASK_CI_EVERY_MS,
    where: problems.positionOf([...path, "source"]),
  };
}

function completeSource(source: WrittenSource, merged: Written, { workspace, home }: Around): ArtifactSource {
  switch (source.kind) {
    case "file":
      return { kind: "file", folder: inFolder(workspace, source.folder, home) };
    case "https":
      return { kind: "https", url: source.url };
    case "jenkins":
      return { kind: "jenkins", url: source.url, build: merged.build ?? "lastSuccessfulBuild" };
    case "github": {
      const { workflow, branch, api = GITHUB_API } = merged;
      const from =
        workflow === undefined ? ({ is: "release" } as const) : ({ is: "workflow", workflow, branch } as const);
      return { kind: "github", api: api.replace(/\/+$/, ""), repository: source.repository, from };
    }
    case "oci":
      return { kind: "oci", image: source.image, from: merged.from ?? "registry" };
  }
}

const GITHUB_API = "https://api.github.com";

function checkKeys(own: Written, source: WrittenSource, path: Path, { problems }: Around): void {
  for (const key of Object.keys(own) as Key[]) {
    if (own[key] === undefined || takes(source, key)) continue;
    problems.atKey([...path, key], `${key} makes no sense for a source of kind ${source.kind}`, whyNot(source, key));
  }
  const { password } = source;
  if (own.source !== undefined && password !== undefined) {
    problems.hide([password, decodeURIComponent(password)]);
    const hint = "write credentials: { user: VARIABLE, token: VARIABLE } beside it";
    problems.at([...path, "source"], "the address of CI has a user or a password in it", hint);
  }
  if (own.branch !== undefined && own.workflow === undefined && source.kind === "github") {
    problems.atKey([...path, "branch"], "branch is that of a workflow, and none is named", "write workflow: build.yml");
  }
  checkCredentials(own, path, problems);
  for (const key of PATHS) {
    const wrong = placeholderProblem(own[key] ?? "", PLACEHOLDERS[key]);
    if (wrong !== undefined && takes(source, key)) problems.at([...path, key], `${key}: ${wrong.problem}`, wrong.hint);
  }
}

/** Only the code is another one for each platform. */
const PLACEHOLDERS: Readonly<Record<(typeof PATHS)[number], readonly string[]>> = {
  path: ["service", "build", "os", "arch", "commit"],
  config: ["service", "build", "commit"],
  setup: ["service", "build", "commit"],
};

function whyNot({ kind }: WrittenSource, key: Key): string {
  const hasManifest = kind === "file" || kind === "https";
  if (hasManifest && key === "policy") return "its manifest.json has a SHA-256 for everything";
  if (key === "policy") return "an image is known by the digests of its layers";
  if (hasManifest && KINDS_OF.path === KINDS_OF[key]) return "its manifest.json says where everything lies";
  return `${key} is for ${KINDS_OF[key]?.join(", ")}`;
}

/** A value that somebody wrote in the place of a variable's name is not shown. */
function checkCredentials({ credentials }: Written, path: Path, problems: Checked["problems"]): void {
  for (const [key, name] of Object.entries(credentials ?? {})) {
    if (name === undefined || /^[A-Za-z_][A-Za-z0-9_]*$/.test(name)) continue;
    problems.hide([name]);
    const hint = "write the name of a variable: of the environment, of x-devenv.secrets or of .env";
    problems.at([...path, "credentials", key], `${key} must be the name of a variable, never its value`, hint);
  }
}

/**
 * Where a source has no manifest, the profile must say where the code of a service that has code lies in it. Told once
 * where it is the profile's source.
 */
export function checkPaths(
  services: readonly Service[],
  artifacts: Artifacts | undefined,
  { problems, mayHave }: Pick<Checked, "problems" | "mayHave">,
): void {
  for (const { name, ci, build } of services) {
    const from = ci ?? artifacts;
    if (build === undefined || from === undefined || from.paths.code !== undefined) continue;
    const { kind } = from.source;
    const path = ci === undefined ? ["x-devenv", "artifacts"] : ["services", name, "x-devenv", "ci"];
    if (kind === "file" || kind === "https" || mayHave(path, "path")) continue;
    const hint = kind === "oci" ? "path: /app/{service}" : "path: dist/{os}-{arch}/{service}";
    problems.atKey(path, `a source of kind ${kind} needs the path of a service's artifact in it`, hint);
  }
}
