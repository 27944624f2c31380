import { expect, test, vi } from "vitest";
import { LiveRows } from "../../../src/cli/live-rows.ts";
import { painter } from "../../../src/cli/paint.ts";
import { clusterName } from "../../../src/model/names.ts";

test("what was left out is told as that, and not ticked off", async () => {
  let drawn = "";
  const writing = vi.spyOn(process.stdout, "write").mockImplementation((text) => {
    drawn += text;
    return true;
  });
  const rows = new LiveRows(painter(false));
  const step = (id: string) => ({ id, title: id, cause: "", after: [], actions: [] });
  rows.take({ type: "planned", at: 0, cluster: clusterName("shop"), steps: [step("db"), step("web")] });
  rows.take({ type: "stepDone", at: 0, step: "db", ms: 1200 });
  await rows.finish().finally(() => writing.mockRestore());
  expect(drawn).toMatch(/✔.* db +1\.2 s/);
  expect(drawn).toMatch(/↓.* web +left out/);
  expect(drawn).not.toMatch(/✔.* web/);
});
