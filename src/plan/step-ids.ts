import type { StepId } from "../model/operation.ts";

const idOf = (kind: string, service: string, number: number): StepId =>
  number === 1 ? `${kind}:${service}` : `${kind}:${service}/${number}`;

/** The steps of a service's first container bear its name, those of the others their numbers too. */
export const createId = (service: string, number = 1): StepId => idOf("create", service, number);
export const startId = (service: string, number = 1): StepId => idOf("start", service, number);
export const readyId = (service: string, number = 1): StepId => idOf("ready", service, number);
