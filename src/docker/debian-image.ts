/** An image of Debian's own, by its name on the registry: `debian:bookworm-slim`. */
export interface DebianImage {
  readonly suite: string;
  /** Without documentation, manuals and translations. */
  readonly slim: boolean;
}

/** Other names that the registry has for Debian's releases. */
const RELEASES: Readonly<Record<string, string>> = {
  "11": "bullseye",
  "12": "bookworm",
  "13": "trixie",
  latest: "stable",
};

/** Undefined for any other image, and for a tag that names one day's build. */
export function debianImage(name: string): DebianImage | undefined {
  const named = /^(?:docker\.io\/)?(?:library\/)?debian(?::([a-z]+|\d+)(-slim)?)?$/.exec(name);
  if (!named) return undefined;
  const [, release = "latest", slim] = named;
  const suite = RELEASES[release] ?? release;
  return /^\d/.test(suite) ? undefined : { suite, slim: slim !== undefined };
}

/** Go's names of architectures (the daemon's) as Debian's, where they differ. */
const ARCHITECTURES: Readonly<Record<string, string>> = { "386": "i386", arm: "armhf", ppc64le: "ppc64el" };

/** What the registry's slim images leave out too; licences stay. */
const SLIM = [
  "path-exclude=/usr/share/doc/*",
  "path-include=/usr/share/doc/*/copyright",
  "path-exclude=/usr/share/man/*",
  "path-exclude=/usr/share/locale/*",
  "path-exclude=/usr/share/groff/*",
  "path-exclude=/usr/share/info/*",
  "path-exclude=/usr/share/lintian/*",
];

export interface Bootstrap {
  readonly image: DebianImage;
  /** The daemon's architecture, in Go's words. */
  readonly arch: string;
  /** Lines of apt's sources; none for Debian's own servers. */
  readonly sources: readonly string[];
  /** Lines of apt's configuration that the machine needs to reach the sources. */
  readonly aptOptions: readonly string[];
}

/** The arguments with which mmdebstrap writes the image's root file system to its standard output, as a tar. */
export function mmdebstrapArguments({ image, arch, sources, aptOptions }: Bootstrap): string[] {
  return [
    "--variant=minbase",
    "--format=tar",
    `--architectures=${ARCHITECTURES[arch] ?? arch}`,
    // Losing power half-way loses an image, not a system: no need to wait for the disk after each file.
    "--dpkgopt=force-unsafe-io",
    ...(image.slim ? SLIM.map((option) => `--dpkgopt=${option}`) : []),
    ...aptOptions.map((option) => `--aptopt=${option}`),
    image.suite,
    "-",
    ...sources,
  ];
}

/** Of `apt-config dump`: the settings that decide whether the machine's sources can be reached and are believed. */
export function reachOptions(dump: string): string[] {
  const wanted = /^Acquire::(?:Check-Valid-Until|Check-Date|(?:http|https)::Proxy|ForceIPv[46]) "[^"]+";$/;
  return dump
    .split("\n")
    .filter((line) => wanted.test(line))
    .map((line) => line.replace(/;$/, ""));
}
