import * as z from "zod";
import { type Parsed, wrong } from "./parsed.ts";
import { duration, mapping, maybe, oneOf, parsing, port, text, texts } from "./schema-parts.ts";

/** A program of the service's container: its words, or one text for a shell. */
const innerCommand = z.union([text, texts.nonempty("must not be empty")]);

function parsePattern(given: string): Parsed<string> {
  try {
    new RegExp(given);
    return { value: given };
  } catch (thrown) {
    const words = (thrown as Error).message.replace(/^Invalid regular expression: /, "");
    return wrong(
      `is no regular expression: ${words}`,
      'quote it in YAML, and write \\. for a dot: log: "listening on \\.*"',
    );
  }
}

/** `x-devenv.ready` of a service: one kind of probe, and how long it may take. */
export const ready = mapping({
  http: maybe(
    z.string().regex(/^\//, "must be a path that begins with /"),
    "Ready when a GET of this path is answered with a status below 400",
  ),
  tcp: maybe(z.literal(true), "Ready when the port accepts a connection"),
  exec: maybe(innerCommand, "Ready when this program ends with 0 in its container; a text is for a shell"),
  log: maybe(
    text.transform(parsing(parsePattern)),
    "Ready when a line of its output matches this regular expression, since its start or restart",
  ),
  port: maybe(port, "Of http and tcp: the container's port; the only one of ports or expose by default"),
  within: maybe(duration, "How long it may take; 10s by default"),
})
  .superRefine(oneOf(["http", "tcp", "exec", "log"], true))
  .superRefine((written, context) => {
    if (written.port === undefined) return;
    const kind = written.exec === undefined ? written.log && "log" : "exec";
    if (kind === undefined) return;
    context.addIssue({ code: "custom", path: ["port"], message: `goes with http and tcp; ${kind} asks no port` });
  });

const signal = z.string().regex(/^(SIG)?[A-Z][A-Z0-9+-]*$/, "must be a signal's name, SIGHUP for example");
const SIGNAL_WORDS = /^signal\s+(\S.*)$/;

/** `x-devenv.restart` of a service; `signal HUP` says the same as `{ signal: HUP }`. */
export const swapRestart = z.preprocess(
  (given) => {
    const [, named] = (typeof given === "string" && SIGNAL_WORDS.exec(given)) || [];
    return named === undefined ? given : { signal: named };
  },
  z.union([
    z.enum(["process", "container", "none"]),
    mapping({
      signal: maybe(signal, "Sent to the container's process 1: HUP"),
      exec: maybe(innerCommand, "Run in its container; a text is for a shell"),
    }).superRefine(oneOf(["signal", "exec"], true)),
    // For the JSON Schema: what was written so is a mapping by now.
    z
      .string()
      .regex(/^signal\s+(SIG)?[A-Z][A-Z0-9+-]*$/)
      .transform((given) => ({ signal: given.slice(7).trim(), exec: undefined })),
  ]),
);
