import { existsSync } from "node:fs";
import type { Address, Endpoint } from "../../model/endpoint.ts";
import { endpointOf } from "../endpoint.ts";
import { type Inquiry, inquire } from "../inquiry.ts";
import type { Surroundings } from "../surroundings.ts";
import { engineLayout, type Layout } from "./layout.ts";

/** The engine's endpoint when it answers. Quick, and changes nothing. */
export async function findEngine(surroundings: Surroundings, signal?: AbortSignal): Promise<Endpoint | undefined> {
  const layout = await engineLayout(surroundings);
  const inquiry = await askEngine(layout, signal);
  return inquiry.answered ? endpointOf("engine", addressOf(layout), inquiry.answer, surroundings) : undefined;
}

export const addressOf = (layout: Layout): Address => ({ kind: "unix", path: layout.socket });

/** Asks the engine what it is, when there is a socket to ask at. */
export async function askEngine(layout: Layout, signal?: AbortSignal): Promise<Inquiry> {
  if (!existsSync(layout.socket)) return { answered: false, silence: "not running", code: "ENOENT" };
  return inquire(addressOf(layout), undefined, signal);
}
