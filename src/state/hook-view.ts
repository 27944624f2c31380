import type { Event, HookEvent } from "../model/event.ts";
import type { Generation, ServiceName } from "../model/names.ts";
import type { HookKind } from "../model/profile.ts";

/** The hook of a service's newest swap that runs, or ran last. */
export interface HookView {
  readonly hook: HookKind;
  readonly generation: Generation;
  /** What it said last, plain as it came. */
  readonly lines: readonly string[];
  /** Undefined while it runs. */
  readonly end: Pick<HookEnd, "code" | "ms" | "isRequired"> | undefined;
}

type HookEnd = Extract<HookEvent, { type: "hookEnded" }>;

export type HookViews = ReadonlyMap<ServiceName, HookView>;

const KEPT_LINES = 200;

/** (views, event) -> next views. Pure. A save begins with none, and one that was cut short goes with its swap. */
export function nextHookViews(views: HookViews, event: Event): HookViews {
  if (!("generation" in event)) return views;
  const { service } = event;
  const known = views.get(service);
  switch (event.type) {
    case "hookStarted": {
      const { hook, generation } = event;
      return new Map(views).set(service, { hook, generation, lines: [], end: undefined });
    }
    case "hookSaid": {
      const lines = isSameRun(known, event) ? known.lines : [];
      const { hook, generation, line } = event;
      return new Map(views).set(service, {
        hook,
        generation,
        lines: [...lines.slice(1 - KEPT_LINES), line],
        end: undefined,
      });
    }
    case "hookEnded": {
      const lines = isSameRun(known, event) ? known.lines : [];
      const { hook, generation, code, ms, isRequired } = event;
      return new Map(views).set(service, { hook, generation, lines, end: { code, ms, isRequired } });
    }
    case "saved":
      return without(views, service);
    default:
      return known !== undefined && known.end === undefined && ENDS.has(event.type) ? without(views, service) : views;
  }
}

/** With these a swap ends whose hook may still run. */
const ENDS: ReadonlySet<Event["type"]> = new Set(["superseded", "buildFailed", "notReady"]);

const isSameRun = (view: HookView | undefined, { hook, generation }: HookEvent): view is HookView =>
  view !== undefined && view.end === undefined && view.hook === hook && view.generation === generation;

function without(views: HookViews, service: ServiceName): HookViews {
  if (!views.has(service)) return views;
  const rest = new Map(views);
  rest.delete(service);
  return rest;
}
