import type { ServiceName } from "../model/names.ts";
import { type Fields, fieldsOf } from "./answer-fields.ts";

/** What Jenkins says of one build: hudson.model.Run as its API exports it. */
export interface JenkinsBuild {
  /** Counted by job; the way to its artifacts goes by it. */
  readonly number: string;
  /** ISO 8601: when it was started. */
  readonly at: string | undefined;
  /** `SUCCESS`, `UNSTABLE` (built, but tests failed), `FAILURE`, `ABORTED`, `NOT_BUILT`; of one that runs, undefined. */
  readonly result: string | undefined;
  /** Paths relative to its folder of artifacts. */
  readonly artifacts: readonly string[];
  /** MD5 in hexadecimal by an artifact's path. */
  readonly fingerprints: ReadonlyMap<string, string>;
  readonly revisions: readonly Revision[];
}

interface Revision {
  readonly commit: string;
  readonly remotes: readonly string[];
}

const BUILD = "number,timestamp,building,result,artifacts[relativePath],actions[lastBuiltRevision[SHA1],remoteUrls]";
/** Given only when it is asked for (`visibility = -1` in Run.java): each one is a file that Jenkins must read. */
const FINGERPRINTS = "fingerprint[fileName,hash]";
/** What a list holds at most; Jenkins gives the newest first. */
export const BUILDS_LISTED = 50;

/** The `tree` that asks for one build. */
export const buildTree = (withFingerprints: boolean): string => (withFingerprints ? `${BUILD},${FINGERPRINTS}` : BUILD);

/** The `tree` that asks a job for its builds. */
export const buildsTree = `builds[${BUILD}]{0,${BUILDS_LISTED}}`;

/** A job's builds, newest first. */
export const readBuilds = (answer: unknown): readonly JenkinsBuild[] =>
  fieldsOf(answer)
    .list("builds")
    .flatMap((build) => readFields(build) ?? []);

/** One build; undefined when the answer is of something else. */
export const readBuild = (answer: unknown): JenkinsBuild | undefined => readFields(fieldsOf(answer));

function readFields(build: Fields): JenkinsBuild | undefined {
  const [number, timestamp] = [build.count("number"), build.count("timestamp")];
  if (number === undefined) return undefined;
  const artifacts = build.list("artifacts").flatMap((artifact) => artifact.text("relativePath") ?? []);
  return {
    number: String(number),
    at: timestamp === undefined ? undefined : new Date(timestamp).toISOString(),
    result: build.flag("building") === true ? undefined : build.text("result"),
    artifacts,
    fingerprints: fingerprintsOf(build, artifacts),
    revisions: build.list("actions").flatMap(revisionOf),
  };
}

/**
 * A fingerprint bears a file's name without its folder, and what a build used has one as well as what it made. So it is
 * believed only where the name leaves no doubt; an MD5 of the wrong file would stop a good build.
 */
function fingerprintsOf(build: Fields, artifacts: readonly string[]): ReadonlyMap<string, string> {
  const hashes = new Map<string, Set<string>>();
  for (const fingerprint of build.list("fingerprint")) {
    const [name, hash] = [fingerprint.text("fileName"), fingerprint.text("hash")?.toLowerCase()];
    if (name === undefined || hash === undefined || !/^[0-9a-f]{32}$/.test(hash)) continue;
    hashes.set(name, (hashes.get(name) ?? new Set()).add(hash));
  }
  return new Map(
    artifacts.flatMap((path) => {
      const [hash, another] = hashes.get(fileNameOf(path)) ?? [];
      const isOnly = artifacts.filter((each) => fileNameOf(each) === fileNameOf(path)).length === 1;
      return hash !== undefined && another === undefined && isOnly ? [[path, hash] as const] : [];
    }),
  );
}

export const fileNameOf = (path: string): string => path.slice(path.lastIndexOf("/") + 1);

/** The git plugin's BuildData, one a repository that the build checked out: a pipeline's shared libraries too. */
function revisionOf(action: Fields): readonly Revision[] {
  const commit = action.at("lastBuiltRevision").text("SHA1");
  return commit === undefined ? [] : [{ commit, remotes: action.texts("remoteUrls") }];
}

/**
 * The commit that a build of a service was built from: of the only repository, else of the one that is called like the
 * service. Undefined where that leaves a doubt.
 */
export function commitOf({ revisions }: JenkinsBuild, service: ServiceName): string | undefined {
  const commits = new Set(revisions.map(({ commit }) => commit));
  if (commits.size === 1) return revisions[0]?.commit;
  const isNamed = (url: string) => fileNameOf(url).replace(/\.git$/, "") === service;
  return revisions.find(({ remotes }) => remotes.some(isNamed))?.commit;
}
