import type { BuiltImage } from "./image-builds.ts";
import type { ImageReference } from "./reference.ts";

/** An image that is there, apart from what its build is called. */
export type FoundImage = Omit<BuiltImage, "build"> & {
  /** `sha256:…`, which stays the same as long as the image does. */
  readonly digest: string;
};

/** Where images are: registries, or a daemon. */
export interface ImagePlace {
  /** Undefined where there is no such image. */
  find(reference: ImageReference, signal?: AbortSignal): Promise<FoundImage | undefined>;
  /** The tags of an image's name, in no order. */
  tags(reference: ImageReference, signal?: AbortSignal): Promise<readonly string[]>;
  /** Images that were seen before, by the first hexadecimal digits of their digest. */
  seen(hex: string): Promise<readonly string[]>;
}
