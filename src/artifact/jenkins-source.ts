import type { Checksum } from "../model/artifact.ts";
import type { ArtifactSource, Artifacts } from "../model/artifact-source.ts";
import type { ServiceName } from "../model/names.ts";
import { ChecksumFiles } from "./checksum-file.ts";
import { underPolicy } from "./checksum-policy.ts";
import { answerOf } from "./http/http.ts";
import { buildsTree, buildTree, commitOf, type JenkinsBuild, readBuild, readBuilds } from "./jenkins-answer.ts";
import { inJenkinsWords, noChecksum, noSuchBuild, notBuilt, notJenkins } from "./jenkins-failures.ts";
import { contentsOf, type Listed, type Part } from "./listed-build.ts";
import { askOnceEach, type BuildsOf, type Question } from "./questions.ts";
import type { ServerAccess } from "./server-access.ts";
import type { CiBuild, Content, Source } from "./source.ts";
import { encodePath, fillUrl } from "./templates.ts";

type Jenkins = Extract<ArtifactSource, { kind: "jenkins" }>;

/**
 * Builds of Jenkins jobs (`jenkins:https://ci.example.org/job/{service}`), by its JSON API. A job is asked once, however
 * many services it builds: for one build, or for the newest fifty. Which platforms a build is for, the paths of its
 * artifacts say; its checksums are a `.sha256` file that was archived beside an artifact, else the MD5 fingerprint that
 * Jenkins keeps of it (a list of builds has neither: the one that is meant is asked for by its number).
 */
export function jenkinsSource(artifacts: Artifacts, source: Jenkins, access: ServerAccess): Source {
  const jobOf = (service: ServiceName) => fillUrl(source.url, { service });
  return {
    async builds(wanted, signal) {
      const builds = await askOnceEach(wanted, jobOf, (question) =>
        new JobReader(artifacts, access, question, buildUrl(question, source), signal).read(),
      );
      if (builds !== undefined) return builds;
      const [first] = wanted;
      if (first === undefined) return new Map();
      throw noSuchBuild(buildUrl({ about: jobOf(first[0]), wanted: first[1] }, source), artifacts);
    },
  };
}

/** The address of what is wanted of a job: a build's, or for all of them its own. */
function buildUrl({ about, wanted }: Pick<Question, "about" | "wanted">, { build }: Jenkins): string {
  if (wanted.is === "all") return `${about}/`;
  return `${about}/${encodeURIComponent(wanted.is === "newest" ? build : wanted.number)}/`;
}

/** A build, and the files in it that say checksums. */
interface Found {
  readonly build: JenkinsBuild;
  readonly files: ChecksumFiles;
}

/** Asks one question, and makes builds of the answer. */
class JobReader {
  readonly #artifacts: Artifacts;
  readonly #access: ServerAccess;
  readonly #question: Question;
  readonly #signal: AbortSignal | undefined;
  readonly #url: string;

  constructor(
    artifacts: Artifacts,
    access: ServerAccess,
    question: Question,
    url: string,
    signal: AbortSignal | undefined,
  ) {
    this.#artifacts = artifacts;
    this.#access = access;
    this.#question = question;
    this.#signal = signal;
    this.#url = url;
  }

  /** Undefined when there is no such job or build. */
  async read(): Promise<BuildsOf | undefined> {
    const isList = this.#question.wanted.is === "all";
    const tree = isList ? buildsTree : buildTree(this.#artifacts.policy !== "exists");
    const answer = await this.#ask(`${this.#url}api/json?tree=${encodeURIComponent(tree)}`);
    if (answer === undefined) return undefined;
    const found = (isList ? readBuilds(answer) : [this.#one(answer)]).map((build) => ({
      build,
      files: new ChecksumFiles(build.artifacts, (path) => this.#checksumFile(build, path)),
    }));
    return (service) => {
      const good = found.filter(({ build }) => this.#isGood(service, build));
      return Promise.all(good.map((each) => this.#build(service, each)));
    };
  }

  async #ask(url: string): Promise<unknown> {
    let body: Buffer;
    try {
      ({ body } = await this.#access.http.getDocument(url, this.#request()));
    } catch (thrown) {
      if (answerOf(thrown)?.status === 404) return undefined;
      throw inJenkinsWords(thrown, this.#url, this.#artifacts);
    }
    try {
      return JSON.parse(body.toString("utf8"));
    } catch (cause) {
      throw notJenkins(this.#url, this.#artifacts, cause);
    }
  }

  #one(answer: unknown): JenkinsBuild {
    const build = readBuild(answer);
    if (build === undefined) throw notJenkins(this.#url, this.#artifacts);
    return build;
  }

  /** UNSTABLE is built, but tests failed: `lastSuccessfulBuild` may be such a one too. */
  #isGood(service: ServiceName, build: JenkinsBuild): boolean {
    const isGood = build.result === "SUCCESS" || build.result === "UNSTABLE";
    if (!isGood && this.#question.wanted.is !== "all") throw notBuilt(service, build, this.#url);
    return isGood;
  }

  async #build(service: ServiceName, found: Found): Promise<CiBuild> {
    const { build } = found;
    const commit = commitOf(build, service);
    const listed = build.artifacts.map(
      (path): Listed => ({ name: path, content: (part) => this.#content(found, path, part) }),
    );
    const contents = await contentsOf(listed, {
      artifacts: this.#artifacts,
      kind: this.#access.kindOf(service),
      filling: { service, build: build.number, ...(commit !== undefined && { commit }) },
    });
    return { service, name: `ci:${build.number}`, commit, at: build.at, ...contents };
  }

  async #content({ build, files }: Found, path: string, part: Part): Promise<Content> {
    const from = this.#artifactUrl(build, path);
    const checksum = await this.#checksum({ build, files }, path);
    const download = this.#access.http.opener(from, { authorization: this.#access.authorization });
    const open: Content["open"] = (...request) =>
      download(...request).catch((thrown) => {
        throw inJenkinsWords(thrown, from, this.#artifacts);
      });
    // A job that was made anew counts from one again.
    const key = `${from} ${build.at}`;
    const content = { from, key, ...part, checksum, size: undefined, open };
    return underPolicy(content, this.#artifacts.policy, () => noChecksum(from, this.#artifacts));
  }

  /** A fingerprint is weak, but costs nothing; a file that is as weak is asked for only where there is none. */
  async #checksum({ build, files }: Found, path: string): Promise<Checksum | undefined> {
    if (this.#artifacts.policy === "exists" || this.#question.wanted.is === "all") return undefined;
    const fingerprint = build.fingerprints.get(path);
    const weak = fingerprint === undefined ? undefined : ({ algorithm: "md5", hex: fingerprint } as const);
    return (await files.of(path, ["sha256"])) ?? weak ?? (await files.of(path, ["sha1", "md5"]));
  }

  /** A build that is done changes no more, so that its file is asked for once. */
  #checksumFile(build: JenkinsBuild, path: string): Promise<string | undefined> {
    const url = this.#artifactUrl(build, path);
    return this.#access.kept.of(`${this.#question.about} ${path}`, `${build.number} ${build.at}`, async () => {
      const { body } = await this.#access.http.getDocument(url, this.#request()).catch((thrown) => {
        throw inJenkinsWords(thrown, url, this.#artifacts);
      });
      return body.toString("utf8");
    });
  }

  #artifactUrl = ({ number }: JenkinsBuild, path: string): string =>
    `${this.#question.about}/${number}/artifact/${encodePath(path)}`;

  #request = () => ({ authorization: this.#access.authorization, signal: this.#signal });
}
