import type { Builder } from "../../../src/model/builder.ts";
import type { Service } from "../../../src/model/profile.ts";
import { goBuilder, service } from "../plan/samples.ts";

/** A service of the smallest kind, built from `repo`, with whatever else a test is about. */
export const builtService = (repo: string, build: Builder, more: Partial<Service> = {}): Service =>
  service("books", {
    image: "scratch",
    command: ["/devenv/bin/books"],
    repo,
    build,
    swapRestart: { kind: "process" },
    ...more,
  });

export const goService = (repo: string, goPackage: string, more: Partial<Service> = {}): Service =>
  builtService(repo, goBuilder(goPackage), more);

export const commandService = (repo: string, command: string, more: Partial<Service> = {}): Service =>
  builtService(repo, { kind: "command", command, env: {} }, more);
