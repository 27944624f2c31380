import { describe, expect, test } from "vitest";
import type { Service } from "../../../src/model/profile.ts";
import { outlinesOf } from "../../../src/state/outline.ts";

/** The outline of a service with these settings, and nothing else. */
function outlineOf(settings: Partial<Record<keyof Service, unknown>>) {
  const nothing = { ports: [], volumes: [], provided: [], tmpfs: {}, dependsOn: [], environment: {} };
  const service = { name: "books", image: "scratch", ...nothing, ...settings } as unknown as Service;
  const [outline] = outlinesOf({ services: [service] });
  if (outline === undefined) throw new Error("a service has an outline");
  return outline;
}

const environmentOf = (environment: Record<string, string>) => outlineOf({ environment }).environment;

describe("the environment", () => {
  test("is sorted, and passwords, tokens and keys are masked by their names", () => {
    const environment = {
      PORT: "8080",
      PGPASSWORD: "a",
      DB_PASSWORD: "b",
      API_KEY: "c",
      GITHUB_TOKEN: "d",
      AUTHOR: "e",
    };
    expect(environmentOf(environment)).toEqual([
      ["API_KEY", "••••••"],
      ["AUTHOR", "e"],
      ["DB_PASSWORD", "••••••"],
      ["GITHUB_TOKEN", "••••••"],
      ["PGPASSWORD", "••••••"],
      ["PORT", "8080"],
    ]);
  });

  test("keeps the place of a secret's file, what is empty, and all of a URL but its password", () => {
    const environment = {
      POSTGRES_PASSWORD_FILE: "/run/secrets/db",
      SECRET: "",
      DSN: "postgres://books:hunter2@db:5432/books",
      SITE: "http://127.0.0.1:8080/@me",
    };
    expect(Object.fromEntries(environmentOf(environment))).toEqual({
      POSTGRES_PASSWORD_FILE: "/run/secrets/db",
      SECRET: "",
      DSN: "postgres://books:••••••@db:5432/books",
      SITE: "http://127.0.0.1:8080/@me",
    });
  });
});

test("says what is mounted, what is published, what it depends on and how it is probed", () => {
  const outline = outlineOf({
    build: { kind: "go" },
    ready: { kind: "http", path: "/healthz", port: 8080, withinMs: 10_000 },
    ports: [
      { hostAddress: "127.0.0.1", hostPort: 8081, containerPort: 8080, protocol: "tcp" },
      { hostAddress: "127.0.0.1", hostPort: 0, containerPort: 53, protocol: "udp" },
      { hostAddress: "127.0.0.1", hostPort: 9000, hostPortEnd: 9010, containerPort: 90, protocol: "tcp" },
    ],
    volumes: [
      { kind: "bind", source: "/srv/data", target: "/data", readOnly: true },
      { kind: "volume", source: undefined, target: "/cache", readOnly: false },
    ],
    tmpfs: { "/tmp": "" },
    provided: [{ kind: "secret", name: "db", target: "/run/secrets/db" }],
    dependsOn: [
      { service: "postgres", condition: "service_healthy", required: true },
      { service: "mail", condition: "service_started", required: false },
    ],
  });
  expect(outline).toMatchObject({
    kind: "go",
    ready: "http :8080/healthz within 10 s",
    ports: ["127.0.0.1:8081 → 8080", "127.0.0.1:any → 53/udp", "127.0.0.1:9000-9010 → 90"],
    mounts: [
      "/srv/data → /data, read only",
      "volume of its own → /cache",
      "memory → /tmp",
      "secret db → /run/secrets/db",
    ],
    dependsOn: ["postgres (healthy)", "mail, if there"],
  });
  expect(outlineOf({}).kind).toBe("image");
});
