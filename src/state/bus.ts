import type { Event } from "../model/event.ts";

/** Hands every event to every subscriber, in the order of dispatch; the one way news travels. */
export interface Bus {
  /** Never throws. An event that a listener dispatches is handed out after the one it is listening to. */
  dispatch(event: Event): void;
  /** Gives a function that ends the subscription; a second subscription of the same listener is one of its own. */
  subscribe(listener: (event: Event) => void): () => void;
}

/** Makes an error of a listener an unhandled rejection: a bug to be seen, but not by the swap that gave the news. */
const rejectUnhandled = (error: unknown): void => {
  void Promise.reject(error);
};

/** `onListenerError` gets what a listener throws; neither the other listeners nor the dispatcher are kept from going on. */
export function createBus(onListenerError: (error: unknown) => void = rejectUnhandled): Bus {
  const subscriptions = new Set<{ readonly listener: (event: Event) => void }>();
  const queue: Event[] = [];
  let isHandingOut = false;

  const handOut = (event: Event): void => {
    for (const subscription of [...subscriptions]) {
      if (!subscriptions.has(subscription)) continue; // ended by a listener before it
      try {
        subscription.listener(event);
      } catch (error) {
        onListenerError(error);
      }
    }
  };

  return {
    dispatch: (event) => {
      queue.push(event);
      if (isHandingOut) return;
      isHandingOut = true;
      for (let next = queue.shift(); next !== undefined; next = queue.shift()) handOut(next);
      isHandingOut = false;
    },
    subscribe: (listener) => {
      const subscription = { listener };
      subscriptions.add(subscription);
      return () => {
        subscriptions.delete(subscription);
      };
    },
  };
}
