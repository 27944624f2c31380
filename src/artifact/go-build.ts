import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import type { Platform } from "../model/artifact.ts";
import type { GoBuilder } from "../model/builder.ts";
import { environmentFailure, type Failure } from "../model/failure.ts";
import type { Service } from "../model/profile.ts";
import { type BuildJob, type BuildRun, buildFailed, runOptions } from "./build-job.ts";
import { crossCompiler, isOnPath } from "./cross-compiler.ts";
import { firstPlace } from "./place-in-output.ts";
import { hostPlatform, isSamePlatform } from "./platforms.ts";

/**
 * How the rebuild after a save is made fast; processor time of an edited handler in an 11 MB server with pgx and nats,
 * median of 11, interleaved: plain `go build` 1157 ms, with these flags 703 ms, with MEMORY too 646 ms.
 * - `-s -w`: no symbol table and no DWARF to link and to write. A panic keeps its files and lines, which are not there.
 *   A debugger needs both, and code that no optimiser has moved about.
 * - `-buildvcs=false`: no git is asked about the work tree.
 * - no `-trimpath`: it gains nothing (747 ms), but shares no compiled package with the developer's own `go build` and
 *   `go test`, so that the first build would compile everything, the standard library too (19 s).
 */
const STRIPPED = "-s -w";

/** Linked by the C compiler, with the C library in it: for an image that has none. */
const STATIC = "-linkmode=external -extldflags=-static";
/** Go's own resolvers in place of those of the C library, which look for its shared files at run time. */
const STATIC_TAGS = ["netgo", "osusergo"];

/**
 * Compiler and linker live so shortly that collecting their garbage is work for nothing. The limit keeps a large
 * package's compiler from taking the machine.
 */
const MEMORY = { GOGC: "off", GOMEMLIMIT: "1GiB" };

/**
 * `go build` for a platform: of one package, or for a tree of all into one folder. Statically linked, but for `cgo: true`
 * in an image that has a C library.
 * @returns the path of the program, or of the folder.
 * @throws Failure: the compiler's words and the first place that they name (exit 1), no Go or no C compiler
 * (environment), or the signal's reason.
 */
export async function buildGo(job: BuildJob, builder: GoBuilder, how: BuildRun): Promise<string> {
  const out = await outputOf(job, builder);
  const env = {
    ...MEMORY,
    GOOS: job.platform.os,
    GOARCH: job.platform.arch,
    CGO_ENABLED: builder.cgo ? "1" : "0",
    ...(builder.cgo && ccFor(job, how)),
    // Beside the output, so that putting it there is a rename; and a cancelled go does not clean up after itself.
    GOTMPDIR: job.temporary,
  };
  const target = job.service.artifact === "tree" ? `${out}/` : out;
  const args = ["build", "-o", target, ...flagsOf(job, builder), ...builder.packages];
  const finished = await how.processes.run("go", args, runOptions(job, how, env));
  how.signal?.throwIfAborted();
  if (finished.missing) throw noGo(`${job.service.name}: it is built with Go, which is not installed`);
  if (finished.code !== 0) {
    const where = await firstPlace("go", finished.output, job.repo);
    throw buildFailed(job.service, finished, `go build ${builder.packages.join(" ")}`, where);
  }
  return out;
}

/** What decides the flags besides the builder. */
interface FlagsFor {
  readonly service: Pick<Service, "image">;
  readonly platform: Platform;
}

/** Pure: the flags of `go build`, without what is built and where to. */
export function flagsOf({ service, platform }: FlagsFor, { cgo, tags, debug }: GoBuilder): string[] {
  const isStatic = cgo && service.image === "scratch" && platform.os === "linux";
  const allTags = isStatic ? [...tags, ...STATIC_TAGS] : tags;
  const linking = [...(debug === undefined ? [STRIPPED] : []), ...(isStatic ? [STATIC] : [])];
  return [
    "-buildvcs=false",
    ...(debug === undefined ? [] : ["-gcflags=all=-N -l"]),
    ...(linking.length === 0 ? [] : [`-ldflags=${linking.join(" ")}`]),
    ...(allTags.length === 0 ? [] : [`-tags=${allTags.join(",")}`]),
  ];
}

/**
 * Go takes a kept output as up to date and then links nothing: 90 ms instead of 280 ms for a save without effect. Of a
 * pattern (`./cmd/...`) nobody knows which programs of the last time are no longer meant.
 */
async function outputOf({ service, outputs, temporary }: BuildJob, { packages }: GoBuilder): Promise<string> {
  const isPattern = packages.some((each) => each.includes("..."));
  const out = join(isPattern ? temporary : outputs, "out");
  if (service.artifact === "tree") await mkdir(out, { recursive: true });
  return out;
}

/**
 * The C compiler of a cgo build, where Go's own choice is none: for another platform than this machine's, unless the
 * person has named one.
 * @throws Failure (environment) that names the compiler that is missing.
 */
function ccFor({ service, platform }: BuildJob, { environment }: BuildRun): { readonly CC?: string } {
  if (service.build?.env.CC || environment.CC) return {};
  if (!isSamePlatform(platform, hostPlatform())) return { CC: crossCompiler(service.name, platform, environment) };
  if (["gcc", "clang", "cc"].some((program) => isOnPath(program, environment))) return {};
  throw environmentFailure(`${service.name}: cgo needs a C compiler, and none is installed`, {
    hint: "`sudo apt-get install gcc libc6-dev` (Debian, Ubuntu), or take x-devenv.build.cgo out",
  });
}

export const noGo = (message: string): Failure =>
  environmentFailure(message, {
    hint: "install Go 1.19 or newer (Debian, Ubuntu: `sudo apt-get install golang-go`; others: https://go.dev/dl/)",
  });
