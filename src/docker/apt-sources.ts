import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";

/** One source of packages, as apt reads it. */
export interface AptSource {
  readonly uri: string;
  readonly suite: string;
  readonly components: readonly string[];
  /** A key ring's path; undefined for apt's trusted ones. */
  readonly signedBy: string | undefined;
}

const COMPONENTS = new Set(["main", "contrib", "non-free", "non-free-firmware"]);

/**
 * The lines (`deb [signed-by=…] URI SUITE COMPONENTS`) of this machine's own sources for a suite of Debian, where the
 * machine is Debian of that suite itself: what builds reach inside is then what the machine reaches.
 * Empty where it is not, or where the sources mean nothing inside an image (local files, other keys).
 * @param root the root of the file system, another one in tests.
 */
export async function hostSources(suite: string, root = "/"): Promise<string[]> {
  if ((await debianSuiteOf(root)) !== suite) return [];
  const kept = (await configuredSources(root)).filter((source) => isArchiveOf(suite, source));
  if (!kept.some((source) => source.suite === suite)) return [];
  return kept.map(({ uri, suite: of, components, signedBy }) => {
    const option = signedBy === undefined ? "" : `[signed-by=${signedBy}] `;
    return `deb ${option}${uri} ${of} ${components.join(" ")}`;
  });
}

async function debianSuiteOf(root: string): Promise<string | undefined> {
  const text = await textOf(join(root, "etc/os-release"));
  const value = (name: string) => new RegExp(`^${name}="?([^"\\n]*)"?$`, "m").exec(text)?.[1];
  return value("ID") === "debian" ? value("VERSION_CODENAME") : undefined;
}

/** Third parties' archives have other components, suites or keys, and their keys would be missing inside. */
function isArchiveOf(suite: string, { uri, suite: of, components, signedBy }: AptSource): boolean {
  const suites = [suite, `${suite}-updates`, `${suite}-security`, `${suite}/updates`];
  const debianKey = signedBy === undefined || signedBy.startsWith("/usr/share/keyrings/debian-archive-");
  return /^https?:/.test(uri) && suites.includes(of) && components.every((name) => COMPONENTS.has(name)) && debianKey;
}

async function configuredSources(root: string): Promise<AptSource[]> {
  const folder = join(root, "etc/apt/sources.list.d");
  const names = await readdir(folder).catch(() => []);
  const files = [join(root, "etc/apt/sources.list"), ...names.sort().map((name) => join(folder, name))];
  const read = files.map(async (file) => {
    if (file.endsWith(".list")) return oneLineSources(await textOf(file));
    return file.endsWith(".sources") ? deb822Sources(await textOf(file)) : [];
  });
  return (await Promise.all(read)).flat();
}

const textOf = (file: string): Promise<string> => readFile(file, "utf8").catch(() => "");

/** `deb [options] URI SUITE COMPONENT…` */
export function oneLineSources(text: string): AptSource[] {
  return text.split("\n").flatMap((line) => {
    const [, options = "", uri, suite, components = ""] =
      /^\s*deb\s+(?:\[([^\]]*)\]\s+)?(\S+)\s+(\S+)\s+([^#]*)/.exec(line) ?? [];
    if (uri === undefined || suite === undefined) return [];
    const signedBy = /(?:^|\s)signed-by=(\S+)/i.exec(options)?.[1];
    return [{ uri, suite, components: words(components), signedBy }];
  });
}

/** Stanzas of `Types:`, `URIs:`, `Suites:`, `Components:`. */
export function deb822Sources(text: string): AptSource[] {
  const stanzas = text
    .split("\n")
    .filter((line) => !line.startsWith("#"))
    .join("\n")
    .split(/\n\s*\n/);
  return stanzas.flatMap((stanza) => {
    const field = (name: string) => new RegExp(`^${name}:(.*(?:\\n[ \\t].*)*)`, "im").exec(stanza)?.[1]?.trim();
    if (!words(field("Types")).includes("deb") || /^no$/i.test(field("Enabled") ?? "")) return [];
    const signedBy = field("Signed-By");
    return words(field("URIs")).flatMap((uri) =>
      words(field("Suites")).map((suite) => ({ uri, suite, components: words(field("Components")), signedBy })),
    );
  });
}

const words = (text: string | undefined): string[] => (text ?? "").split(/\s+/).filter((word) => word !== "");
