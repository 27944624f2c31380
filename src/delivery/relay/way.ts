import type { Socket } from "node:net";

/** What becomes of the connections that a forwarder hands on. */
export interface Way {
  take(client: Socket): void;
  /** Frees what it keeps open to its target; connections that it took are the caller's to end. */
  close(): void;
}
