import type { Checksum } from "../model/artifact.ts";
import type { Fields } from "./answer-fields.ts";

/** https://docs.github.com/rest/releases/releases */
export interface Release {
  readonly tag: string;
  /** ISO 8601. */
  readonly at: string | undefined;
  /** Known only where the release was made of a commit, and not of a branch. */
  readonly commit: string | undefined;
  /** Neither a draft nor a prerelease, which are not `releases/latest` either. */
  readonly isFinal: boolean;
  readonly assets: readonly Asset[];
}

/** A file of a release. Another content is another asset, with another id. */
export interface Asset {
  readonly id: number;
  readonly name: string;
  readonly size: number | undefined;
  /** Of files that were uploaded since June 2025. */
  readonly checksum: Checksum | undefined;
  /** Where anybody may have it, if the repository is public. */
  readonly address: string | undefined;
}

/** A run of a workflow: https://docs.github.com/rest/actions/workflow-runs */
export interface Run {
  readonly id: number;
  /** Counted by workflow. */
  readonly number: string;
  readonly at: string | undefined;
  readonly commit: string | undefined;
  /** Tells its attempts from each other: a re-run keeps the id, and has other artifacts. */
  readonly version: string;
  /**
   * Whether it built the repository's own branch. Runs for forks and pull requests are listed with them, under the name
   * of the fork's branch, which may be `main` too: anybody's code (GHSA-5xr6-xhww-33m4).
   */
  readonly isOwn: boolean;
}

/** What a run uploaded: https://docs.github.com/rest/actions/artifacts */
export interface RunArtifact {
  readonly id: number;
  readonly run: number | undefined;
  readonly name: string;
  /** Of the zip; only since upload-artifact v4, which also gives the checksum (before, it is the sum of the files). */
  readonly size: number | undefined;
  readonly checksum: Checksum | undefined;
  /** ISO 8601: until when GitHub keeps it. */
  readonly expires: string | undefined;
  readonly isExpired: boolean;
}

/** Undefined when it is no release. */
export function readRelease(release: Fields): Release | undefined {
  const tag = release.text("tag_name");
  if (tag === undefined) return undefined;
  const commitish = release.text("target_commitish") ?? "";
  return {
    tag,
    at: release.text("published_at") ?? release.text("created_at"),
    commit: /^[0-9a-f]{40}$/.test(commitish) ? commitish : undefined,
    isFinal: release.flag("draft") !== true && release.flag("prerelease") !== true,
    assets: release.list("assets").flatMap((asset) => readAsset(asset) ?? []),
  };
}

function readAsset(asset: Fields): Asset | undefined {
  const [id, name, state] = [asset.count("id"), asset.text("name"), asset.text("state") ?? "uploaded"];
  // `starter` is one whose upload broke off.
  if (id === undefined || name === undefined || state !== "uploaded") return undefined;
  const [size, address] = [asset.count("size"), asset.text("browser_download_url")];
  return { id, name, size, address, checksum: checksumOf(asset) };
}

/** The runs in an answer, newest first. */
export const readRuns = (answer: Fields): readonly Run[] => answer.list("workflow_runs").flatMap((run) => readRun(run));

function readRun(run: Fields): readonly Run[] {
  const [id, number] = [run.count("id"), run.count("run_number")];
  if (id === undefined || number === undefined) return [];
  const [own, head] = [run.at("repository").count("id"), run.at("head_repository").count("id")];
  const isPullRequest = run.text("event")?.startsWith("pull_request") ?? false;
  return [
    {
      id,
      number: String(number),
      at: run.text("run_started_at") ?? run.text("created_at"),
      commit: run.text("head_sha"),
      version: `${id}.${run.count("run_attempt") ?? 1} ${run.text("updated_at")}`,
      isOwn: own !== undefined && own === head && !isPullRequest,
    },
  ];
}

/** The artifacts in an answer, newest first: of two attempts that uploaded under one name, the last one's comes first. */
export const readRunArtifacts = (answer: Fields): readonly RunArtifact[] =>
  answer
    .list("artifacts")
    .flatMap((artifact) => readRunArtifact(artifact))
    .sort((a, b) => b.id - a.id);

function readRunArtifact(artifact: Fields): readonly RunArtifact[] {
  const [id, name, checksum] = [artifact.count("id"), artifact.text("name"), checksumOf(artifact)];
  if (id === undefined || name === undefined) return [];
  return [
    {
      id,
      name,
      checksum,
      run: artifact.at("workflow_run").count("id"),
      size: checksum && artifact.count("size_in_bytes"),
      expires: artifact.text("expires_at"),
      isExpired: artifact.flag("expired") === true,
    },
  ];
}

/** `digest: "sha256:<hex>"`; null where GitHub has none. */
function checksumOf(fields: Fields): Checksum | undefined {
  const hex = /^sha256:([0-9a-f]{64})$/.exec(fields.text("digest") ?? "")?.[1];
  return hex === undefined ? undefined : { algorithm: "sha256", hex };
}
