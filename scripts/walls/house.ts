/** The house of docs/architecture.md as data: which room lies above which, and what belongs to one room only. */

/** Arrows point down: a room may import the rooms of a lower layer, and `model` nothing. */
const LAYERS: readonly (readonly string[])[] = [
  ["model"],
  ["plan", "swap", "state"],
  ["host", "profile", "watch", "provider", "docker", "artifact", "delivery"],
  ["flow"],
  ["cli", "tui"],
];

/** Adapters may lean on one another, as long as no circle of rooms arises. */
export const ADAPTERS: ReadonlySet<string> = new Set(LAYERS[2]);

/** Rooms without packages, `node:`, clock or chance: the same input gives the same output. */
export const PURE: ReadonlySet<string> = new Set(["model", "plan", "swap", "state"]);

/** The terminal UI draws state and sends intents; these it never reaches, though they lie below it. */
export const HIDDEN_FROM_TUI: ReadonlySet<string> = new Set(["docker", "provider", "flow", "delivery"]);

/** Packages that one room alone may import, so that replacing one touches one room. */
export const PACKAGE_ROOM: ReadonlyMap<string, string> = new Map([
  ["execa", "host"],
  ["proper-lockfile", "host"],
  ["write-file-atomic", "host"],
  ["dockerode", "docker"],
  ["docker-modem", "docker"],
  ["chokidar", "watch"],
  ["ignore", "watch"],
  ["httpxy", "delivery"],
  ["yaml", "profile"],
  ["smol-toml", "profile"],
  ["listr2", "cli"],
  ["log-update", "cli"],
  ["commander", "cli"],
  ["@bomb.sh/tab", "cli"],
  ["@clack/prompts", "cli"],
  ["ink", "tui"],
  ["react", "tui"],
  ["@inkjs/ui", "tui"],
]);

/** Modules of Node that no source imports (but the one whose work they are), and what to use instead. */
export const FORBIDDEN_MODULES: ReadonlyMap<string, string> = new Map([
  ["child_process", "start programs through host/process.ts: own process group, cancellation, no shell"],
  ["process", "use the global `process`, so that these walls see what is done with it"],
  ["module", "import the module instead of making a `require`, so that these walls and the bundle see it"],
]);

/** The one file for which a forbidden module is there. */
export const MODULE_HOME: ReadonlyMap<string, string> = new Map([["child_process", "host/held-child.ts"]]);

/** Undefined for a room the house does not have. */
export function layerOf(room: string): number | undefined {
  const layer = LAYERS.findIndex((rooms) => rooms.includes(room));
  return layer < 0 ? undefined : layer;
}

/** Drawers into which everything fits tell nobody what is in them. */
export function saysNothing(name: string): boolean {
  return /^(utils?|helpers?|common|misc|lib|shared)$|(^|[-_.])(utils?|helpers?|misc)($|[-_.])/i.test(name);
}
