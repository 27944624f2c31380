import type { Event } from "../model/event.ts";

/** Hands every event to every subscriber, in the order of dispatch; the one way news travels. */
export interface Bus {
  dispatch(event: Event): void;
  /** Gives a function that ends the subscription. */
  subscribe(listener: (event: Event) => void): () => void;
}

export function createBus(): Bus {
  const listeners = new Set<(event: Event) => void>();
  return {
    dispatch: (event) => {
      for (const listener of [...listeners]) listener(event);
    },
    subscribe: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}
