import { describe, expect, test } from "vitest";
import { levelOf } from "../../../src/tui/log-level.ts";

describe("the level of a line", () => {
  test.each([
    // JSON: slog, zap, logrus, pino, bunyan, Google, Elastic, Serilog
    ['{"time":"…","level":"ERROR","msg":"boom"}', "error"],
    ['{"level":"warn","ts":1.5,"msg":"slow"}', "warn"],
    ['{"level":"info","msg":"an error that was mended"}', "plain"],
    ['{"level":50,"time":1,"msg":"boom"}', "error"],
    ['{"level":40,"time":1}', "warn"],
    ['{"level":20,"time":1}', "debug"],
    ['{"severity":"CRITICAL","message":"boom"}', "error"],
    ['{"log.level": "debug","message":"x"}', "debug"],
    ['{"@l":"Warning","@m":"x"}', "warn"],
    ['{"msg":"error"}', "plain"],
    // logfmt
    ["time=2026-03-01T12:00:00Z level=error msg=boom", "error"],
    ['ts=1 level="warn" msg="x"', "warn"],
    ["level=info msg=error", "plain"],
    // text
    ['2026-03-01 12:00:00.000 UTC [7] ERROR:  relation "books" does not exist', "error"],
    ["2026-03-01 12:00:00.000 UTC [7] LOG:  error reporting is on", "plain"],
    ["2026/03/01 12:00:00 [error] 7#7: *1 open() failed", "error"],
    ["2026/03/01 12:00:00 [warn] 7#7: low", "warn"],
    ["E0301 12:00:00.000000       1 server.go:12] boom", "error"],
    ["W0301 12:00:00.000000       1 server.go:12] hm", "warn"],
    ["I0301 12:00:00.000000       1 server.go:12] error=nil", "plain"],
    ["WARNING:root:low", "warn"],
    ["12:00:00 DEBUG c.e.Books - x", "debug"],
    ["panic: boom", "error"],
    ["fatal error: all goroutines are asleep", "error"],
    ["TypeError: x is not a function", "error"],
    ["Traceback (most recent call last):", "error"],
    ["java.lang.IllegalStateException: boom", "error"],
    ["warning: the file is old", "warn"],
    ["GET /books 200", "plain"],
    ["terrors and warned", "plain"],
    ["", "plain"],
  ])("of %s is %s", (text, level) => {
    expect(levelOf(text)).toBe(level);
  });
});
