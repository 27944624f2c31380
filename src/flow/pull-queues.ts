/** Doors that let so many in at once, each by its name; who leaves lets the next one in. */
export interface Queues {
  /** Resolves, in order, with the way out. */
  enter(door: string, limit: number): Promise<() => void>;
}

export function createQueues(): Queues {
  const doors = new Map<string, { inside: number; waiting: (() => void)[] }>();
  return {
    async enter(name, limit) {
      const door = doors.get(name) ?? { inside: 0, waiting: [] };
      doors.set(name, door);
      if (door.inside >= limit) await new Promise<void>((resolve) => door.waiting.push(resolve));
      else door.inside += 1;
      return () => {
        const next = door.waiting.shift();
        // The place is handed on.
        if (next === undefined) door.inside -= 1;
        else next();
      };
    },
  };
}
