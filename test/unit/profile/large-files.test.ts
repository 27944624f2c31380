import { describe, expect, it } from "vitest";
import { load, problemsOf } from "./loading.ts";

/**
 * The processor's time that something takes, in milliseconds: a machine that is busy with other tests does not change it.
 * The limits are several times of what is measured; what grows with the square of a file's size is far above them.
 */
async function cpuMs(work: () => Promise<unknown>): Promise<number> {
  const before = process.cpuUsage();
  await work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000;
}

const lines = (count: number, line: (index: number) => string) =>
  Array.from({ length: count }, (_, i) => line(i)).join("");

/** A service as they are in large files: 50 lines, with a bit of everything. */
const service = (index: number) => `  service-${index}:
    image: "registry.example/team/service-${index}:\${TAG:-1.0}"
    command: [serve, --port, "8080"]
    environment:
      <<: *shared
${lines(33, (key) => `      KEY_${key}: "value ${key} in \${REGION:-eu}"\n`)}    ports: ["${10_000 + index}:8080"]
    volumes:
      - data-${index}:/data
      - ./config/${index}:/config:ro
    depends_on: [${index === 0 ? "" : `service-${index - 1}`}]
    healthcheck:
      test: ["CMD", "curl", "-f", "http://localhost:8080"]
      interval: 10s
    labels:
      - "team=shop"
    networks: [front, back]
`;

const many = (count: number) => `x-shared: &shared { A: one, B: two }
services:
${lines(count, service)}networks: { front: , back: }
volumes:
${lines(count, (index) => `  data-${index}:\n`)}`;

describe("large files", () => {
  it("two hundred services in ten thousand lines are read in a few seconds of the processor's time", async () => {
    const text = many(200);
    expect(text.split("\n").length).toBeGreaterThan(9500);
    expect(await cpuMs(async () => expect((await load(text)).services).toHaveLength(200))).toBeLessThan(5000);
  }, 60_000);

  it("ten thousand ports of two protocols can be published, as those who speak RTP do", async () => {
    const text = 'services: { a: { image: x, ports: ["10000-20000:10000-20000", "10000-20000:10000-20000/udp"] } }';
    const loading = async () => expect((await load(text)).services[0]?.ports).toHaveLength(20_002);
    expect(await cpuMs(loading)).toBeLessThan(3000);
  }, 60_000);

  it("a thousand services may wait for one another", async () => {
    const text = `services:\n${lines(1000, (i) => `  s${i}: { image: x, depends_on: [${i === 0 ? "" : `s${i - 1}`}] }\n`)}`;
    expect(await cpuMs(() => load(text))).toBeLessThan(4000);
  }, 60_000);

  it("a thousand problems are all told", async () => {
    const text = `services:\n  a:\n    image: x\n${lines(1000, (i) => `    wrong${i}: 1\n`)}`;
    const loading = async () => expect(await problemsOf(load(text))).toHaveLength(1000);
    expect(await cpuMs(loading)).toBeLessThan(4000);
  }, 60_000);

  it("a ring of a thousand services that extend each other is told", async () => {
    const text = `services:\n${lines(1000, (i) => `  s${i}: { extends: s${(i + 1) % 1000} }\n`)}`;
    expect((await problemsOf(load(text)))[0]).toContain("more than 200 services extend one another");
  }, 60_000);
});
