import { type Failure, userFailure } from "../../model/failure.ts";

/** An image's name taken apart, as Docker reads it: what is left out is `docker.io`, `library/` and `latest`. */
export interface ImageReference {
  /** `host`, `host:port`, `[::1]:5000`; `docker.io` for Docker's own. */
  readonly registry: string;
  /** `library/debian`, `team/books` */
  readonly repository: string;
  /** Undefined only where a digest stands alone. */
  readonly tag: string | undefined;
  /** `sha256:…`: where it is given it decides, and a tag beside it says nothing. */
  readonly digest: string | undefined;
}

const DOCKER_HUB = "docker.io";

/** A component of a repository's name; between two of them one `/`. */
const COMPONENT = /^[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*$/;
const TAG = /^\w[\w.-]{0,127}$/;
const DIGEST = /^sha256:[0-9a-f]{64}$/;
const REGISTRY = /^(?:[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?|\[[0-9a-fA-F:]+\])(?::\d{1,5})?$/;
/** The registry's limit, the host not counted. */
const REPOSITORY_MAX = 255;

/**
 * Takes `debian`, `team/books:main`, `localhost:5000/books`, `registry.example.org/team/books:124@sha256:…`.
 * @throws Failure (user) that names the part that is wrong. The rules are the reference grammar's of the distribution
 * project: what stands before the first `/` is a host where it has a dot or a colon in it, a capital, or is `localhost`.
 */
export function parseReference(text: string): ImageReference {
  const [named = "", digest, ...more] = text.split("@");
  if (more.length > 0) throw malformed(text, "it has more than one @");
  if (digest !== undefined && !DIGEST.test(digest)) {
    throw malformed(text, `${JSON.stringify(digest)} is not sha256: and 64 hexadecimal digits`);
  }
  const colon = named.lastIndexOf(":");
  const hasTag = colon > named.lastIndexOf("/");
  const tag = hasTag ? named.slice(colon + 1) : undefined;
  if (tag !== undefined && !TAG.test(tag)) {
    throw malformed(text, `the tag ${JSON.stringify(tag)} is not made of letters, digits, "_", "." and "-"`);
  }
  const { registry, repository } = place(hasTag ? named.slice(0, colon) : named, text);
  return { registry, repository, tag: tag ?? (digest === undefined ? "latest" : undefined), digest };
}

function place(name: string, text: string): Pick<ImageReference, "registry" | "repository"> {
  const slash = name.indexOf("/");
  const first = name.slice(0, Math.max(slash, 0));
  const isHost = /[.:]|^localhost$|[A-Z]/.test(first);
  const registry = isHost ? first : DOCKER_HUB;
  const path = isHost ? name.slice(slash + 1) : name;
  if (!REGISTRY.test(registry)) throw malformed(text, `${JSON.stringify(registry)} is not a host`);
  const isHub = registry === DOCKER_HUB || registry === "index.docker.io";
  const repository = isHub && !path.includes("/") ? `library/${path}` : path;
  if (path === "") throw malformed(text, "no image is named");
  const wrong = repository.split("/").find((component) => !COMPONENT.test(component));
  if (wrong !== undefined) throw malformed(text, whyNot(wrong));
  if (repository.length > REPOSITORY_MAX) throw malformed(text, `its name is longer than ${REPOSITORY_MAX} characters`);
  return { registry: isHub ? DOCKER_HUB : registry, repository };
}

function whyNot(component: string): string {
  const shown = JSON.stringify(component);
  if (/[A-Z]/.test(component)) return `${shown} has capitals, which an image's name must not have`;
  return `${shown} is not made of small letters and digits, with single ".", "_" or "-" between them`;
}

const malformed = (text: string, why: string): Failure =>
  userFailure(`${JSON.stringify(text)} is not an image's name: ${why}`, {
    hint: "write it as for `docker pull`: oci:registry.example.org/team/{service}:main",
  });

/** As a person writes it in full: `docker.io/library/debian:12`. */
export function printReference({ registry, repository, tag, digest }: ImageReference): string {
  const tagged = tag === undefined ? "" : `:${tag}`;
  return `${registry}/${repository}${tagged}${digest === undefined ? "" : `@${digest}`}`;
}

/** What its manifest is asked for by: the digest, else the tag. */
export const wantedOf = ({ digest, tag }: ImageReference): string => digest ?? tag ?? "latest";

/**
 * Where a registry's API is: HTTPS, but plain HTTP for a registry of this machine, as Docker does it without being told.
 * Docker's own is at another host than its name.
 */
export function apiOf({ registry }: Pick<ImageReference, "registry">): string {
  if (registry === DOCKER_HUB) return "https://registry-1.docker.io";
  const host = registry.replace(/:\d+$/, "");
  const isLocal = host === "localhost" || host === "[::1]" || /^127\.\d+\.\d+\.\d+$/.test(host);
  return `${isLocal ? "http" : "https"}://${registry}`;
}

/** What it goes by in Docker's config.json. */
export const credentialKey = (registry: string): string =>
  registry === DOCKER_HUB ? "https://index.docker.io/v1/" : registry;
