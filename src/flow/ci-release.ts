import type { Selection } from "../artifact/select.ts";
import { select } from "../artifact/select.ts";
import type { Content } from "../artifact/source.ts";
import type { Store } from "../artifact/store.ts";
import type { Release } from "../model/artifact.ts";
import type { Endpoint } from "../model/endpoint.ts";
import { type Failure, failed } from "../model/failure.ts";
import type { ArtifactDigest, ServiceName } from "../model/names.ts";
import type { PinInPlace, Pins } from "../model/pin.ts";
import type { Service } from "../model/profile.ts";
import { size } from "../state/size.ts";
import type { CiAnswer } from "./ci-builds.ts";
import type { Downloads } from "./downloads.ts";
import { ofService } from "./fetch-release.ts";
import type { Machine } from "./machine.ts";

/** What CI's builds are chosen by. */
export interface CiChoice {
  readonly ci: CiAnswer;
  readonly pins: Pins;
  readonly endpoint: Pick<Endpoint, "platform">;
  readonly downloads: Downloads;
  readonly store: Store;
  /** Called with words about what is built or fetched. */
  readonly note: (note: string) => void;
  readonly machine: Machine;
}

/**
 * CI's build of a service: of those that it was asked for, the newest for the daemon's platform. Fetches nothing.
 * @throws Failure as `select`; (exit code 1) with the place of its pin when CI no longer has the build it is pinned to.
 */
export function selectBuild(
  { name }: Service,
  { ci, pins, endpoint }: Pick<CiChoice, "ci" | "pins" | "endpoint">,
): Selection {
  const pin = pins.get(name);
  if (pin !== undefined && !ci.builds.get(name)?.some(({ artifacts }) => artifacts.length > 0))
    throw pinnedGone(name, pin);
  return select(ci.builds, name, endpoint.platform);
}

const pinnedGone = (service: ServiceName, { build, where }: PinInPlace): Failure =>
  failed(`${service} is pinned to build ${build}, which CI no longer has, and neither has the store`, {
    where,
    hint: `\`devenv unpin ${service}\` takes CI's newest with the next \`devenv up\`; \`devenv pin ${service} BUILD\` pins another one.`,
  });

/**
 * A selected build as a release. What is known by its checksum is fetched when the plan is carried out; of all else,
 * only fetching tells the digest.
 * @throws Failure that names the service, when it cannot be fetched or is not what its checksum says.
 */
export async function releaseOf(service: Service, { build, offer }: Selection, choice: CiChoice): Promise<Release> {
  const digest = await digestOf(service, offer.content, choice, build.name);
  const config = build.config && (await digestOf(service, build.config, choice, build.name));
  return { artifact: { digest, kind: offer.content.kind, build: build.name, commit: build.commit }, config };
}

/** The digest of a content in the store; see `releaseOf`. */
export async function digestOf(
  service: Service,
  content: Content,
  { store, downloads, note, machine }: CiChoice,
  what = content.from,
): Promise<ArtifactDigest> {
  const known = await store.digestOf(content);
  if (known !== undefined) return known;
  const bytes = content.size === undefined ? "" : `, ${size(content.size)}`;
  note(`fetching ${service.name} (${what}${bytes})`);
  return ofService(service.name, downloads.fetch(service, content, { signal: machine.signal, onProgress: () => {} }));
}
