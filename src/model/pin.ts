import type { Position } from "./failure.ts";
import type { ServiceName } from "./names.ts";

/** A person's word that a service stays on one build of CI until it is unpinned (DESIGN section 2). */
export interface Pin {
  /** `124` of `ci:124`. */
  readonly build: string;
  readonly reason: string | undefined;
  /** `2026-11-21` */
  readonly date: string | undefined;
  /** Who pinned it, as git knows them. */
  readonly by: string | undefined;
}

/** A pin as it was read. */
export interface PinInPlace extends Pin {
  /** Where the pins file names the service. */
  readonly where: Position;
}

/** The pins of a workspace, sorted by service. */
export type Pins = ReadonlyMap<ServiceName, PinInPlace>;

/** The file in the workspace that has them; it belongs under version control. */
export const PINS_FILE = "pins.yaml";

/** Whether a text can be what CI calls a build: a number, a tag (`v1.4.0`, `release/7`), a commit. */
export const isBuildNumber = (text: string): boolean => /^[A-Za-z0-9_][\w.+/@-]{0,127}$/.test(text);

/** Whether a text is a day, `2026-11-21`; the 30th of February is none. */
export function isDay(text: string): boolean {
  const time = /^\d{4}-\d\d-\d\d$/.test(text) ? Date.parse(`${text}T00:00:00Z`) : Number.NaN;
  return !Number.isNaN(time) && new Date(time).toISOString().startsWith(text);
}
