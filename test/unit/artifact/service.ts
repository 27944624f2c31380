import { serviceName } from "../../../src/model/names.ts";
import type { Builder, Service } from "../../../src/model/profile.ts";

/** A service of the smallest kind, built from `repo`, with whatever else a test is about. */
export function builtService(repo: string, build: Builder, more: Partial<Service> = {}): Service {
  return {
    name: serviceName("books"),
    image: "scratch",
    imageBuild: undefined,
    entrypoint: undefined,
    command: ["/devenv/bin/books"],
    environment: {},
    ports: [],
    expose: [],
    volumes: [],
    tmpfs: {},
    dependsOn: [],
    healthcheck: undefined,
    workingDir: undefined,
    user: undefined,
    hostname: undefined,
    labels: {},
    restart: { kind: "no" },
    init: false,
    stopSignal: undefined,
    stopGraceMs: 10_000,
    repo,
    build,
    artifact: "file",
    ready: undefined,
    swapRestart: { kind: "process" },
    ...more,
  };
}

export const goService = (repo: string, goPackage: string, more: Partial<Service> = {}): Service =>
  builtService(repo, { kind: "go", package: goPackage }, more);

export const commandService = (repo: string, command: string, more: Partial<Service> = {}): Service =>
  builtService(repo, { kind: "command", command }, more);
