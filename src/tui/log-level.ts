/** How much a line of a log calls for attention. */
export type Level = "error" | "warn" | "plain" | "debug";

const WORDS: Readonly<Record<string, Level>> = {
  ...leveled("error", "emerg", "emergency", "alert", "crit", "critical", "fatal", "panic", "severe", "error", "err"),
  ...leveled("warn", "warn", "warning"),
  ...leveled("plain", "notice", "info", "information", "log", "hint", "detail", "statement"),
  ...leveled("debug", "debug", "trace", "verbose", "fine", "finer", "finest"),
};

function leveled(level: Level, ...words: readonly string[]): Readonly<Record<string, Level>> {
  return Object.fromEntries(words.map((word) => [word, level]));
}

/** Of JSON: slog, zap, logrus, winston, bunyan and pino (numbers), Elastic's and Google's formats, Serilog. */
const JSON_LEVEL = /"(?:level|lvl|severity|levelname|log\.level|@l)"\s*:\s*(?:"(\w+)"|(\d+))/;
/** `level=warn`, with quotes or without. */
const LOGFMT_LEVEL = /\b(?:level|lvl|severity)="?(\w+)/;
/** glog and klog: a letter, month and day, a time. */
const GLOG_LEVEL = /^([IWEF])\d{4} \d\d:/;
/** In capitals (PostgreSQL, Python, Java, log4j), or in brackets (nginx, Apache), near the beginning. */
const CAPITAL_LEVEL =
  /\b(EMERG|ALERT|CRIT|CRITICAL|FATAL|PANIC|SEVERE|ERROR|ERR|WARN|WARNING|NOTICE|INFO|LOG|DEBUG|TRACE|STATEMENT)\b/;
const BRACKET_LEVEL = /\[(?:\w+:)?(emerg|alert|crit|error|warn|notice|info|debug|trace\d?)\]/;
/** How far into a line its level stands behind times, numbers of processes and names. */
const HEAD = 100;
/** What calls for attention where nothing says a level: Go, Node, Python, Java, a shell. */
const LOUD = /\b(error|fatal|panic|exception|traceback)\b|Exception\b|Error:/i;
const LOUDISH = /\bwarn(ing)?\b/i;

/** The level of a line of a log: what it says itself in JSON, logfmt or words, else what its words sound like. */
export function levelOf(text: string): Level {
  if (/^\s*\{/.test(text)) return ofJson(text);
  const head = text.slice(0, HEAD);
  const glog = GLOG_LEVEL.exec(head)?.[1];
  if (glog !== undefined) return { I: "plain", W: "warn", E: "error", F: "error" }[glog] as Level;
  const said = LOGFMT_LEVEL.exec(text) ?? BRACKET_LEVEL.exec(head) ?? CAPITAL_LEVEL.exec(head);
  const level = said && WORDS[(said[1] ?? "").toLowerCase().replace(/\d$/, "")];
  if (level) return level;
  if (LOUD.test(text)) return "error";
  return LOUDISH.test(text) ? "warn" : "plain";
}

/** Its message may name an error that it is not; so what is JSON is believed. */
function ofJson(text: string): Level {
  const [, word, number] = JSON_LEVEL.exec(text) ?? [];
  if (word !== undefined) return WORDS[word.toLowerCase()] ?? "plain";
  if (number === undefined) return "plain";
  return Number(number) >= 50 ? "error" : ofNumber(Number(number));
}

/** bunyan and pino: 10 trace, 20 debug, 30 info, 40 warn, 50 error, 60 fatal. */
function ofNumber(level: number): Level {
  if (level >= 40) return "warn";
  return level >= 30 ? "plain" : "debug";
}
