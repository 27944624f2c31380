/** Names that look alike as strings but must never be mixed up (STYLE, habit 21). */
declare const brand: unique symbol;
type Brand<T, Name extends string> = T & { readonly [brand]: Name };

/** The key of an entry under `services:`; also its host name on the cluster's network. */
export type ServiceName = Brand<string, "ServiceName">;
/** The `name:` of a profile; the value of the label `dev.devenv.cluster`. */
export type ClusterName = Brand<string, "ClusterName">;
/** Docker's 64 hexadecimal characters. */
export type ContainerId = Brand<string, "ContainerId">;
/** Lower-case hexadecimal SHA-256 of an artifact's content (of its tar for a tree). */
export type ArtifactDigest = Brand<string, "ArtifactDigest">;
/** The number of a save, counted up per service; a newer one makes every older one void. */
export type Generation = Brand<number, "Generation">;

export const serviceName = (name: string): ServiceName => name as ServiceName;
export const clusterName = (name: string): ClusterName => name as ClusterName;
export const containerId = (id: string): ContainerId => id as ContainerId;
export const generation = (number: number): Generation => number as Generation;

/**
 * Takes 64 hexadecimal characters (any case) and gives the digest.
 * @throws RangeError when it is anything else: a digest becomes a file name, so it is checked where it enters.
 */
export function artifactDigest(hex: string): ArtifactDigest {
  const digest = hex.toLowerCase();
  if (!/^[0-9a-f]{64}$/.test(digest)) throw new RangeError(`not a SHA-256 digest: ${JSON.stringify(hex)}`);
  return digest as ArtifactDigest;
}

/** The first twelve characters, what people read and compare. */
export const shortDigest = (digest: ArtifactDigest): string => digest.slice(0, 12);
