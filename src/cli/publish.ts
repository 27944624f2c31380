import { resolve } from "node:path";
import type { ManifestService } from "../artifact/manifest-checks.ts";
import type { BuiltService } from "../artifact/publish-entries.ts";
import type { Published } from "../flow/publish.ts";
import type { Holder } from "../host/lock.ts";
import type { Platform } from "../model/artifact.ts";
import { size } from "../state/size.ts";
import { atLeastOne, type Commands, wholeNumber } from "./commands.ts";
import { nameOf, platforms } from "./platforms.ts";
import { printJson, type Session, say, sayWords } from "./session.ts";
import { withStages } from "./stages.ts";

interface PublishOptions {
  readonly to?: string;
  readonly platform?: readonly Platform[];
  readonly build?: number;
  readonly keep?: number;
  readonly dirty: boolean;
}

export function definePublish({ program, run, profileOf }: Commands): void {
  program
    .command("publish")
    .description("build services and lay them out for others to fetch, as CI does")
    .argument("[service...]", "which; every service with a repository by default")
    .option("--to <folder>", "where to; the profile's own file: source by default")
    .option(
      "--platform <list>",
      "linux/amd64,linux/arm64; as the last build by default, at first this machine's",
      platforms,
    )
    .option("--build <number>", "the number of this build; one more than the last by default", wholeNumber)
    .option("--keep <number>", "remove what only builds before the newest so many have", atLeastOne)
    .option("--dirty", "publish work trees with uncommitted changes, too", false)
    .action((services: string[], options: PublishOptions) =>
      run((session) => publish(session, profileOf(), services, options)),
    );
}

async function publish(
  session: Session,
  profileName: string | undefined,
  services: readonly string[],
  { to, platform, build, keep, dirty }: PublishOptions,
): Promise<void> {
  const profile = await session.profile(profileName);
  const [flow, { describeHolder }] = await Promise.all([import("../flow/publish.ts"), import("../host/lock.ts")]);
  session.goOnUnread();
  const request = { profile, services, platforms: platform, number: build, keep, dirty };
  const { isLive } = session;
  const lines: string[] = [];
  const published = await withStages(session, (tell) => {
    const listener = {
      onWaiting: (holder: Holder) => tell(`waiting for ${describeHolder(holder)}`),
      // Elsewhere the services that are done say how far it is.
      onBuilding: (names: readonly string[], done: number, all: number) =>
        isLive && tell("building", { part: done / all, detail: names.join(", ") }),
      onBuilt: (built: BuiltService, ms: number) => {
        // Beside a row that moves there is no place for lines.
        if (isLive) lines.push(builtLine(built, ms));
        else if (!session.json) say(session, builtLine(built, ms));
      },
    };
    return flow.publish({ ...request, to: to && resolve(to) }, listener, session.machine);
  });
  for (const line of lines) say(session, line);
  if (session.json) return printJson(session, publishedReport(published));
  sayWords(session, summary(published));
  const { dropped } = published;
  if (dropped === undefined || dropped.bytes === 0) return;
  const words = dropped.builds.length === 0 ? "what no build has any more" : `builds ${dropped.builds.join(", ")}`;
  say(session, `removed ${words}: ${size(dropped.bytes)} free`);
}

function builtLine({ service, commit, isDirty, artifacts }: BuiltService, ms: number): string {
  const what = artifacts.map(({ platform }) => (platform === undefined ? "any platform" : nameOf(platform))).join(", ");
  const from = `${commit.slice(0, 7)}${isDirty ? " and changes" : ""}`;
  return `built ${service} from ${from}: ${what || "config"} (${(ms / 1000).toFixed(1)} s)`;
}

function summary({ folder, manifest, fresh, built }: Published): string {
  if (fresh.size === 0) return `nothing changed since build ${manifest.build} in ${folder}`;
  const names = built.map(({ service }) => service).filter((service) => fresh.has(service));
  const others = built.length - names.length;
  return `build ${manifest.build} is in ${folder}: ${names.join(", ")}${others > 0 ? `; ${others} unchanged` : ""}`;
}

/** What `--json` prints. */
function publishedReport({ folder, manifest, fresh, dropped, built }: Published): object {
  const services = built.map(({ service }) => {
    const entry = manifest.services[service];
    return { service, isNew: fresh.has(service), ...(entry && entryReport(entry)) };
  });
  return { folder, build: manifest.build, isNew: fresh.size > 0, services, ...(dropped && { dropped }) };
}

const entryReport = ({ build, id, commit, dirty = false, at, artifacts }: ManifestService): object => ({
  build: build === undefined ? undefined : `ci:${build}`,
  id,
  commit,
  dirty,
  at,
  artifacts: artifacts.map(({ os, arch, sha256, size }) => ({ platform: `${os}/${arch}`, sha256, size })),
});
