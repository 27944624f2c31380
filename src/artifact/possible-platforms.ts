import { isFolder } from "../host/files.ts";
import type { Builder, GoBuilder } from "../model/builder.ts";
import { failed } from "../model/failure.ts";
import type { Service } from "../model/profile.ts";
import type { BuildRun } from "./build-job.ts";
import { CARGO_PLATFORMS, platformOf } from "./cargo-triples.ts";
import { noGo } from "./go-build.ts";

/**
 * The platforms, `linux/arm64`, that a service can be built for: what its compiler knows. Of a `command` and of `node`,
 * which are only told the platform, those that any compiler knows.
 * @throws Failure: Go is not there (environment), or does not say (exit 1).
 */
export async function possiblePlatforms(service: Service, builder: Builder, how: BuildRun): Promise<readonly string[]> {
  switch (builder.kind) {
    case "go":
      return goPlatforms(service, builder, how);
    case "cargo": {
      const fixed = builder.target === undefined ? undefined : platformOf(builder.target);
      return fixed === undefined ? CARGO_PLATFORMS : [fixed];
    }
    case "node":
    case "command":
      return ALL;
    default:
      return builder satisfies never;
  }
}

/** An entry of `go tool dist list -json`. */
interface Pair {
  readonly GOOS: string;
  readonly GOARCH: string;
  readonly CgoSupported: boolean;
}

/** As the Go that builds it says: the list differs from version to version. */
async function goPlatforms({ name, repo }: Service, { cgo }: GoBuilder, how: BuildRun): Promise<string[]> {
  const finished = await how.processes.run("go", ["tool", "dist", "list", "-json"], {
    // Its go.mod may name another Go; one that is not cloned is told by the build.
    ...(repo !== undefined && (await isFolder(repo)) && { cwd: repo }),
    ...(how.signal && { signal: how.signal }),
  });
  how.signal?.throwIfAborted();
  if (finished.missing) throw noGo(`${name}: it is built with Go, which is not installed`);
  if (finished.code !== 0) throw failed(`${name}: go does not say what it builds for`, { output: finished.output });
  const pairs = JSON.parse(finished.stdout) as readonly Pair[];
  return pairs.filter(({ CgoSupported }) => CgoSupported || !cgo).map(({ GOOS, GOARCH }) => `${GOOS}/${GOARCH}`);
}

/** What Go 1.26 builds for, which is more than what others do. */
const ALL: readonly string[] = [
  ["aix", "ppc64"],
  ["android", "386 amd64 arm arm64"],
  ["darwin", "amd64 arm64"],
  ["dragonfly", "amd64"],
  ["freebsd", "386 amd64 arm arm64"],
  ["illumos", "amd64"],
  ["ios", "amd64 arm64"],
  ["js", "wasm"],
  ["linux", "386 amd64 arm arm64 loong64 mips mips64 mips64le mipsle ppc64 ppc64le riscv64 s390x"],
  ["netbsd", "386 amd64 arm arm64"],
  ["openbsd", "386 amd64 arm arm64 ppc64 riscv64"],
  ["plan9", "386 amd64 arm"],
  ["solaris", "amd64"],
  ["wasip1", "wasm"],
  ["windows", "386 amd64 arm64"],
].flatMap(([os = "", architectures = ""]) => architectures.split(" ").map((arch) => `${os}/${arch}`));
