import type { Event } from "../model/event.ts";

/** What a hook said was shown as it came: gives each event as it is, but a failure that repeats those words without them. */
export function toldOnce(): (event: Event) => Event {
  const failed = new Set<string>();
  return (event) => {
    if (event.type === "saved") failed.delete(event.service);
    if (event.type === "hookEnded" && event.code !== 0 && event.isRequired) failed.add(event.service);
    const isFailure = event.type === "notReady" || event.type === "buildFailed";
    if (!isFailure || !failed.delete(event.service)) return event;
    const { output: _, ...failure } = event.failure;
    return { ...event, failure };
  };
}
