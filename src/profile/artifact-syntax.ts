import { didYouMean } from "../model/nearest.ts";
import { type Parsed, wrong } from "./parsed.ts";

/** `x-devenv.artifacts.source` as it is written, before the keys beside it complete it. */
export type WrittenSource = (
  | { readonly kind: "file"; readonly folder: string }
  | { readonly kind: "https"; readonly url: string }
  | { readonly kind: "jenkins"; readonly url: string }
  | { readonly kind: "github"; readonly repository: string }
  | { readonly kind: "oci"; readonly image: string }
) & {
  /** A password that stands in it, which it must not. */
  readonly password?: string | undefined;
};

type Kind = WrittenSource["kind"];

/** How a source begins: for editors. */
export const SOURCE_PATTERN = "^(file:|https?://|jenkins:https?://|github:|oci:).";
const PREFIXES = ["file", "https", "http", "jenkins", "github", "oci"];
const SUPPORTED = "write file:FOLDER, https://…, jenkins:URL, github:OWNER/NAME or oci:IMAGE";

/** Placeholders that each kind's source may have. */
const IN_SOURCE: Readonly<Record<Kind, readonly string[]>> = {
  file: [],
  https: [],
  jenkins: ["service"],
  github: ["service"],
  oci: ["service", "build"],
};

/**
 * Takes a source as a profile writes it: `file:FOLDER`, `https://…` (or `http://…`), `jenkins:URL`, `github:OWNER/NAME`
 * or `oci:IMAGE`; gives its kind and the rest, which is checked for its form alone.
 */
export function parseSource(text: string): Parsed<WrittenSource> {
  const colon = text.indexOf(":");
  const word = colon < 0 ? "" : text.slice(0, colon);
  const rest = text.slice(colon + 1);
  const parsed = ofKind(word, rest, text);
  if ("problem" in parsed) return parsed;
  const unknown = placeholderProblem(text, IN_SOURCE[parsed.value.kind]);
  return unknown ?? parsed;
}

function ofKind(word: string, rest: string, text: string): Parsed<WrittenSource> {
  switch (word) {
    case "file":
      return folder(rest);
    case "http":
    case "https":
      return address(text, (url, password) => ({ kind: "https", url: url.endsWith("/") ? url : `${url}/`, password }));
    case "jenkins":
      return address(rest, (url, password) => ({ kind: "jenkins", url: url.replace(/\/+$/, ""), password }));
    case "github":
      return repository(rest);
    case "oci":
      return image(rest);
    default:
      return wrong("no source of artifacts begins like this", hintFor(word, text));
  }
}

function hintFor(word: string, text: string): string {
  if (/^[./~]/.test(text)) return `write file:${text}`;
  if (word === "s3" || word === "gs") return "write the bucket's https:// address";
  return didYouMean(word, PREFIXES) ?? SUPPORTED;
}

function folder(path: string): Parsed<WrittenSource> {
  if (path === "") return wrong("file: needs a folder", "write file:./ci");
  if (/^\/\/[^/]/.test(path))
    return wrong("file: means a folder of this machine", "write file:/FOLDER or file:./FOLDER");
  return { value: { kind: "file", folder: path } };
}

function address(
  text: string,
  source: (url: string, password: string | undefined) => WrittenSource,
): Parsed<WrittenSource> {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !/^https?:$/.test(url.protocol) || url.hostname === "") {
    return wrong(
      "needs an address that begins with http:// or https://",
      "jenkins:https://ci.example.org/job/{service}",
    );
  }
  if (url.search !== "" || url.hash !== "")
    return wrong("the address has more than a path", "leave out what follows ? or #");
  return { value: source(text, passwordIn(url)) };
}

/** What must not stand in an address: a password, or a token in the place of the user. */
const passwordIn = ({ username, password }: URL): string | undefined => password || username || undefined;

/** Takes what `build` says of a Jenkins job: a number, or the name of the newest that succeeded. */
export function parseJenkinsBuild(given: string | number): Parsed<string> {
  const build = String(given);
  if (/^[1-9]\d*$/.test(build) || build === "lastSuccessfulBuild") return { value: build };
  const hint = didYouMean(build, ["lastSuccessfulBuild"]) ?? "write lastSuccessfulBuild, or a number";
  return wrong(`${build} is no build of Jenkins`, hint);
}

function repository(text: string): Parsed<WrittenSource> {
  const example = "write github:OWNER/NAME; a server of your own is named by api: beside it";
  if (!/^[\w{}-]+\/[\w.{}-]+$/.test(text)) return wrong("github: needs a repository", example);
  return { value: { kind: "github", repository: text } };
}

/** distribution/reference: host[:port]/path[:tag][@digest] */
const IMAGE =
  /^[a-z0-9][a-z0-9.-]*(:\d+)?(\/[a-z0-9]+([._-]+[a-z0-9]+)*)*(:[\w][\w.-]{0,127})?(@sha256:[0-9a-f]{64})?$/;

function image(text: string): Parsed<WrittenSource> {
  if (IMAGE.test(text.replace(/\{\w*\}/g, "x"))) return { value: { kind: "oci", image: text } };
  return wrong("oci: needs an image's name", "write oci:registry.example.org/team/{service}:{build}");
}

/**
 * What is wrong with the placeholders of a text: one that it may not have, or a brace without its other. Undefined when
 * nothing is.
 */
export function placeholderProblem(
  text: string,
  allowed: readonly string[],
): { problem: string; hint?: string | undefined } | undefined {
  const names = [...text.matchAll(/\{([^{}]*)\}/g)].map(([, name = ""]) => name);
  const unknown = names.find((name) => !allowed.includes(name));
  if (unknown !== undefined) {
    const list = allowed.map((name) => `{${name}}`).join(", ");
    const hint = list === "" ? "write what is meant" : `supported: ${list}`;
    return wrong(`{${unknown}} is no placeholder here`, didYouMean(unknown, allowed) ?? hint);
  }
  return /[{}]/.test(text.replace(/\{[^{}]*\}/g, "")) ? wrong("a brace stands alone", "write {service}") : undefined;
}

/** The server that a source asks: credentials are for one, and go to no other. Undefined where there is none. */
export function serverOf(source: WrittenSource, api: string | undefined): string | undefined {
  switch (source.kind) {
    case "file":
      return undefined;
    case "https":
    case "jenkins":
      return new URL(source.url).origin;
    case "github":
      return api;
    case "oci":
      return source.image.split("/")[0];
  }
}
