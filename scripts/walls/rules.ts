/** The walls that one file alone can break. Circles, which take several, are in cycles.ts. */
import { posix } from "node:path";
import {
  ADAPTERS,
  FORBIDDEN_MODULES,
  HIDDEN_FROM_TUI,
  layerOf,
  MODULE_HOME,
  PACKAGE_ROOM,
  PURE,
  saysNothing,
} from "./house.ts";
import type { Import, Position, Source, Use } from "./source.ts";

export interface Violation {
  readonly rule: string;
  /** Relative to src. */
  readonly path: string;
  readonly at: Position;
  /** What points where, such as `plan -> docker`. */
  readonly arrow: string;
  readonly why: string;
  readonly instead: string;
}

type Broken = Omit<Violation, "path" | "at">;

const START: Position = { line: 1, column: 1 };

/** `main.ts` builds the house and stands outside its rooms. */
export const MAIN = "main.ts";

export function roomOf(path: string): string {
  const slash = path.indexOf("/");
  return slash < 0 ? path : path.slice(0, slash);
}

export function violationsOf(source: Source): Violation[] {
  const { path } = source;
  const at = (position: Position) => (broken: Broken) => ({ ...broken, path, at: position });
  return [
    ...source.errors.map((error) => at(error.at)(unreadable(error.message))),
    ...placement(path).map(at(START)),
    ...source.imports.flatMap((each) => importRules(path, each).map(at(each.at))),
    ...source.uses.flatMap((each) => useRules(path, each).map(at(each.at))),
  ];
}

function unreadable(message: string): Broken {
  return { rule: "unreadable", arrow: "syntax", why: message, instead: "these walls check only what they can parse" };
}

function placement(path: string): Broken[] {
  const room = roomOf(path);
  const broken: Broken[] = [];
  const known = room === path ? path === MAIN || path.endsWith(".d.ts") : layerOf(room) !== undefined;
  if (!known) {
    broken.push({
      rule: "room",
      arrow: room,
      why: "the house has no such room",
      instead: "put the file into a room of docs/architecture.md, or add the room there and in scripts/walls/house.ts",
    });
  }
  if (!/\.tsx?$/.test(path)) {
    broken.push({
      rule: "language",
      arrow: path,
      why: "sources are TypeScript (.ts, .tsx)",
      instead: "rename it; these walls do not read other kinds",
    });
  }
  for (const name of path
    .split("/")
    .map((part) => part.replace(/\.\w+$/, ""))
    .filter(saysNothing)) {
    broken.push({
      rule: "name",
      arrow: name,
      why: "this name says nothing about what is inside",
      instead: "name it after what it does, or move each part to the room that uses it",
    });
  }
  return broken;
}

function importRules(path: string, { specifier }: Import): Broken[] {
  if (specifier === undefined) {
    return [
      {
        rule: "computed-import",
        arrow: "import(?)",
        why: "a computed module name can be neither checked nor bundled",
        instead: "write the name as a literal; choose between literals with if or switch",
      },
    ];
  }
  if (specifier.startsWith(".") || specifier.startsWith("/")) return insideRules(path, specifier);
  const module = specifier.replace(/^node:/, "");
  const instead = FORBIDDEN_MODULES.get(module);
  const home = MODULE_HOME.get(module);
  if (instead !== undefined && path !== home) {
    return [
      {
        rule: "forbidden-module",
        arrow: `${roomOf(path)} -> ${specifier}`,
        why: `${specifier} is imported nowhere${home === undefined ? "" : ` but in ${home}`}`,
        instead,
      },
    ];
  }
  return packageRules(path, specifier);
}

function packageRules(path: string, specifier: string): Broken[] {
  const room = roomOf(path);
  const arrow = `${room} -> ${specifier}`;
  if (PURE.has(room)) {
    return [
      {
        rule: "pure",
        arrow,
        why: `${room} is pure: no package, no node:`,
        instead: "let an adapter or a flow do it and hand the result in as a value",
      },
    ];
  }
  const owner = PACKAGE_ROOM.get(packageOf(specifier));
  if (owner === undefined || owner === room || path === MAIN) return [];
  return [
    {
      rule: "package-room",
      arrow,
      why: `only ${owner}/ imports ${packageOf(specifier)}`,
      instead: `ask a function of ${owner}/ for it, in terms of model/`,
    },
  ];
}

function packageOf(specifier: string): string {
  return specifier
    .split("/")
    .slice(0, specifier.startsWith("@") ? 2 : 1)
    .join("/");
}

/** Where a relative import leads, relative to src. */
export function targetOf(path: string, specifier: string): string {
  return specifier.startsWith("/") ? specifier : posix.normalize(posix.join(posix.dirname(path), specifier));
}

function insideRules(path: string, specifier: string): Broken[] {
  if (path === MAIN) return [];
  const target = targetOf(path, specifier);
  const [from, to] = [roomOf(path), roomOf(target)];
  const arrow = `${from} -> ${to}`;
  if (target.startsWith("..") || target.startsWith("/")) {
    return [
      {
        rule: "outside",
        arrow: `${from} -> ${specifier}`,
        why: "a source imports only from src",
        instead: "move what both need into src",
      },
    ];
  }
  const why = forbidden(from, to);
  return why === undefined
    ? []
    : [{ rule: "layer", arrow, why, instead: "hand it in from above (flow, main.ts), or move the shared part down" }];
}

function forbidden(from: string, to: string): string | undefined {
  if (from === to || to.endsWith(".d.ts")) return undefined;
  if (to === MAIN) return "main.ts is the top: nothing imports it";
  if (from === "tui" && HIDDEN_FROM_TUI.has(to)) return `tui draws state and sends intents; it never reaches ${to}`;
  const [above, below] = [layerOf(from), layerOf(to)];
  // An unknown room is reported where its files lie.
  if (above === undefined || below === undefined) return undefined;
  if (from === "model") return "model imports nothing";
  if (below < above || (ADAPTERS.has(from) && ADAPTERS.has(to))) return undefined;
  return below === above ? `${from} and ${to} stand side by side` : "arrows point down the layers only";
}

function useRules(path: string, use: Use): Broken[] {
  const room = roomOf(path);
  const arrow = `${room} -> ${use.what}`;
  if (/^process\.(exit|reallyExit|abort|kill\.exit)$/.test(use.what) && path !== MAIN) {
    return [
      {
        rule: "exit",
        arrow,
        why: "only main.ts ends the process",
        instead: "throw a Failure: its class becomes the exit code",
      },
    ];
  }
  if (use.written && /^process\.env(\.|$)/.test(use.what)) {
    return [
      {
        rule: "env",
        arrow,
        why: "process.env is never written: the endpoint and the settings travel as values",
        instead: "return a value; give a program its environment in host/process.ts's `env`",
      },
    ];
  }
  return PURE.has(room) && reachesMachine(use.what)
    ? [
        {
          rule: "pure",
          arrow,
          why: `${room} is pure: no clock, no timer, no chance, no process`,
          instead: "take the value as an argument; timers and clocks are host/clock.ts, handed in",
        },
      ]
    : [];
}

/** Date and Math only calculate, except where they read the clock or draw lots. */
function reachesMachine(what: string): boolean {
  if (/^(Date|Math)($|\.)/.test(what)) return what === "Date.now" || what === "Math.random";
  return true;
}
