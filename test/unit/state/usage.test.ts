import { describe, expect, test } from "vitest";
import { readingOf } from "../../../src/docker/stats.ts";
import type { UsageReading } from "../../../src/model/usage.ts";
import { addedUsage, cpuInWords, memoryInWords, usageOf } from "../../../src/state/usage.ts";

const reading = (cpuNs: number, systemNs: number, memoryBytes = 0): UsageReading => ({
  cpuNs,
  systemNs,
  processors: 2,
  memoryBytes,
});

describe("what a container uses", () => {
  test("is the share of processor time between two readings, 100 being one processor", () => {
    // In one second, two processors had 2e9 to give; this one took 1e9 of it.
    expect(usageOf(reading(5e9, 100e9), reading(6e9, 102e9)).cpuPercent).toBe(100);
  });

  test("is its memory alone after one reading, and after a restart, which counts from 0", () => {
    expect(usageOf(undefined, reading(5e9, 100e9, 7))).toEqual({ cpuPercent: undefined, memoryBytes: 7 });
    expect(usageOf(reading(5e9, 100e9), reading(1e9, 102e9)).cpuPercent).toBeUndefined();
    expect(usageOf(reading(5e9, 100e9), reading(6e9, 100e9)).cpuPercent).toBeUndefined();
  });

  test("is the sum over several containers", () => {
    const known = { cpuPercent: 3, memoryBytes: 10 };
    expect(addedUsage([known, { cpuPercent: undefined, memoryBytes: 5 }])).toEqual({ cpuPercent: 3, memoryBytes: 15 });
    expect(addedUsage([])).toBeUndefined();
  });

  test.each([
    [undefined, ""],
    [0, "0%"],
    [0.04, "0%"],
    [3.24, "3.2%"],
    [9.96, "10%"],
    [140.4, "140%"],
  ])("a share of %s is said as %j", (cpuPercent, words) => {
    expect(cpuInWords({ cpuPercent, memoryBytes: 0 })).toBe(words);
  });

  test.each([
    [512, "512B"],
    [1000, "1.0K"],
    [4.5 * 1024 ** 2, "4.5M"],
    [118 * 1024 ** 2, "118M"],
    [999.6 * 1024 ** 2, "1.0G"],
    [64 * 1024 ** 4, "64T"],
  ])("%d bytes are said as %s", (memoryBytes, words) => {
    expect(memoryInWords({ cpuPercent: 0, memoryBytes })).toBe(words);
  });
});

describe("the daemon's answer", () => {
  const cpu = { cpu_usage: { total_usage: 5 }, system_cpu_usage: 100, online_cpus: 2 };

  test("tells memory without what is only cached, by either kind of cgroup", () => {
    const of = (stats: object) =>
      readingOf({ cpu_stats: cpu, memory_stats: { usage: 50, stats } } as never)?.memoryBytes;
    expect(of({ inactive_file: 20 })).toBe(30);
    expect(of({ total_inactive_file: 30, inactive_file: 20 })).toBe(20);
    expect(of({ inactive_file: 60 })).toBe(50);
    expect(of({})).toBe(50);
  });

  test("of a container that does not run is no reading", () => {
    expect(readingOf({ cpu_stats: cpu, memory_stats: {} } as never)).toBeUndefined();
    expect(readingOf({} as never)).toBeUndefined();
  });
});
