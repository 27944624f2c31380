import { expect } from "vitest";
import type { Release } from "../../../src/model/artifact.ts";
import { serviceName } from "../../../src/model/names.ts";
import type { Network } from "../../../src/model/network.ts";
import type { Healthcheck, Service } from "../../../src/model/profile.ts";
import { desire } from "../../../src/plan/desired.ts";
import { planUp } from "../../../src/plan/plan-up.ts";
import { printPlan } from "../../../src/plan/print.ts";
import { dependsOn, facts, goService, port, profile, release, service, volume } from "./samples.ts";
import { World } from "./world.ts";

export const healthcheck: Healthcheck = {
  test: ["CMD", "pg_isready"],
  intervalMs: undefined,
  timeoutMs: undefined,
  startPeriodMs: undefined,
  retries: undefined,
};

export const postgres = service("postgres", { healthcheck });
export const books = goService("books", {
  ports: [port(8081)],
  dependsOn: [dependsOn("postgres", "service_healthy")],
});
export const gateway = goService("gateway", { ports: [port(8080)], dependsOn: [dependsOn("books")] });

/** What is wanted of a cluster. */
export interface Wish {
  readonly services: readonly Service[];
  readonly volumes?: readonly string[];
  readonly releases?: Record<string, Release>;
  readonly contexts?: Record<string, string>;
  /** Digests of provided files, by service and target. */
  readonly provided?: Record<string, Record<string, string>>;
  readonly networks?: readonly Network[];
  readonly disabled?: readonly string[];
}

export const ci124 = { books: release("books", "ci:124"), gateway: release("gateway", "ci:124") };
/** A small cluster on CI's builds number 124. */
export const everything = { services: [postgres, books, gateway], volumes: ["data"], releases: ci124 } satisfies Wish;

export function spellOut(wish: Wish) {
  const { services, volumes = [], releases = {}, contexts = {}, provided = {}, networks = [], disabled = [] } = wish;
  const changes = { volumes: volumes.map(volume), networks, disabled: disabled.map(serviceName) };
  return [profile(services, changes), facts(releases, contexts, provided)] as const;
}

/** A world, and what is planned in it. */
export class Scene {
  readonly world = new World();

  /** The plan for a wish, as text; for these services alone when they are named. */
  text(wish: Wish, only?: readonly string[]): string {
    const scope = only === undefined ? {} : { only: new Set(only.map(serviceName)) };
    return printPlan(planUp(desire(...spellOut(wish)), this.world.observe(), scope));
  }

  /** Brings the world there, and expects that it got there. */
  async given(wish: Wish): Promise<void> {
    expect(await this.up(wish)).toBeUndefined();
  }

  /** Tries to bring the world there; gives the failure, if there was one. */
  async up(wish: Wish): Promise<Error | undefined> {
    const { failure } = await this.world.up(...spellOut(wish));
    return failure;
  }

  /** Like `up`, in a devenv that is killed when it comes to an operation of that kind. */
  async killedAt(kind: string, wish: Wish): Promise<void> {
    this.world.fate = (operation) => (operation.kind === kind ? "killed" : "done");
    await this.up(wish);
    this.world.fate = () => "done";
  }

  container(name: string) {
    return this.world.containers.get(name) ?? expect.unreachable(`there is no container ${name}`);
  }
}

/** Text as it stands in a test, without the line ends around it. */
export const lines = (text: string): string => text.trim();
