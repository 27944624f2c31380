import { existsSync, readFileSync } from "node:fs";
import type { Plugin } from "vitest/config";
import { defineConfig } from "vitest/config";

const SCENARIO_SETUP = "test/scenario/setup.ts";

/** Shell scripts are imported as their text, as scripts/bundle.ts does it. */
const shellAsText: Plugin = {
  name: "shell-as-text",
  enforce: "pre",
  load(id) {
    return id.endsWith(".sh") ? `export default ${JSON.stringify(readFileSync(id, "utf8"))};` : null;
  },
};

export default defineConfig({
  plugins: [shellAsText],
  test: {
    // The frames of the terminal UI are asserted as plain strings.
    env: { NODE_ENV: "test", FORCE_COLOR: "0" },
    // What is polled comes to be, however busy the machine is; the time bounds a hang only. (Vitest's is a second.)
    expect: { poll: { timeout: 20_000 } },
    coverage: { provider: "v8", include: ["src/**/*.{ts,tsx}"], reporter: ["text-summary", "html"] },
    projects: [
      {
        extends: true,
        test: {
          name: "unit",
          include: ["test/unit/**/*.test.{ts,tsx}", "test/house/**/*.test.ts"],
          // A bound for what hangs, and no measure: on a busy machine everything may stand still for seconds.
          testTimeout: 60_000,
          hookTimeout: 60_000,
        },
      },
      {
        extends: true,
        test: {
          name: "scenario",
          include: ["test/scenario/**/*.test.ts"],
          // Scenarios share one daemon, and wait for it most of the time; more at once would crowd out what they time.
          maxWorkers: 2,
          testTimeout: 120_000,
          hookTimeout: 120_000,
          globalSetup: existsSync(SCENARIO_SETUP) ? [SCENARIO_SETUP] : [],
        },
      },
    ],
  },
});
