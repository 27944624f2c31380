/**
 * One line of what `minikube start -o json` prints: a CloudEvent (specversion 1.0) whose data are texts. The types are
 * those of minikube's `pkg/minikube/out/register` (1.38.1).
 */
export type MinikubeEvent =
  /** `step` and `steps` count from 0, and leave some out. */
  | {
      readonly type: "step";
      readonly name: string;
      readonly message: string;
      readonly step: number;
      readonly steps: number;
    }
  | { readonly type: "download"; readonly artifact: string; readonly progress?: string | undefined }
  | { readonly type: "info" | "warning"; readonly message: string }
  | ({ readonly type: "error" } & MinikubeError);

/** Why minikube ended. */
export interface MinikubeError {
  /** `DRV_NOT_DETECTED`, `RSRC_INSUFFICIENT_REQ_MEMORY`: of `pkg/minikube/reason`; empty where it gives none. */
  readonly id: string;
  readonly message: string;
  readonly advice: string;
  readonly exitCode: number;
}

const TYPE = "io.k8s.sigs.minikube.";

/** Reads a line of minikube's; undefined for one that is no event, or of a kind that says nothing to a person. */
export function readEvent(line: string): MinikubeEvent | undefined {
  const event = line.startsWith("{") ? parsed(line) : undefined;
  if (typeof event?.type !== "string" || !event.type.startsWith(TYPE)) return undefined;
  const data = asRecord(event.data);
  const text = (key: string): string => (typeof data[key] === "string" ? plain(data[key]) : "");
  switch (event.type.slice(TYPE.length)) {
    case "step":
      return {
        type: "step",
        name: text("name"),
        message: text("message"),
        step: Number(text("currentstep")) || 0,
        steps: Number(text("totalsteps")) || 0,
      };
    case "download":
      return { type: "download", artifact: text("artifact") };
    case "download.progress":
      return { type: "download", artifact: text("artifact"), progress: text("progress") };
    case "info":
      return { type: "info", message: text("message") };
    case "warning":
      return { type: "warning", message: text("message") };
    case "error":
      return errorOf(text);
    default:
      return undefined;
  }
}

/**
 * Only what has an exit code is why it ends; the rest is said on the way ("StartHost failed, but will try again"), and a
 * frame around the advice to write to its authors comes last.
 */
function errorOf(text: (key: string) => string): MinikubeEvent | undefined {
  const message = text("message");
  if (text("exitcode") === "") return message.startsWith("\u256d") ? undefined : { type: "warning", message };
  // Some of its advice is a template that nobody has filled in (1.38.1).
  const advice = text("advice").includes("{{") ? "" : text("advice");
  return { type: "error", id: text("name"), message, advice, exitCode: Number(text("exitcode")) || 1 };
}

/** What a person is told while it goes on; undefined where that would be nothing new. */
export function progressOf(event: MinikubeEvent): string | undefined {
  switch (event.type) {
    case "step":
      return event.message === "" ? undefined : `minikube: ${shortly(event.message)}`;
    case "download": {
      const share = event.progress === undefined || event.progress === "" ? "" : ` ${percent(event.progress)}`;
      return `minikube downloads ${event.artifact}${share}`;
    }
    case "warning":
      return SAID_TO_ALL.test(event.message) ? undefined : `minikube warns: ${event.message}`;
    case "info":
    case "error":
      return undefined;
    default:
      return event satisfies never;
  }
}

/** Its machine has the cluster's name, and that it goes on is seen. */
const shortly = (message: string): string => message.replace(/ in cluster \S+$/, "").replace(/ *\.{3}$/, "");

/**
 * What it says at every start, however that goes (1.38.1): of root, of its next version, and, as it looks for a registry
 * of Kubernetes' images that nobody may need, of proxies.
 */
const SAID_TO_ALL =
  /^(minikube skips various|The "\w+" driver should not be used with root|If you are running minikube within a VM|https:\S+$|Tip: To remove this root owned|Starting v\S+ minikube will default|Failing to connect to \S+ from|To pull new external)/;

/** It gives a fraction, `0.4213`. */
const percent = (fraction: string): string =>
  Number.isFinite(Number(fraction)) ? `${Math.round(Number(fraction) * 100)} %` : fraction;

/** Without its emoji and line breaks. */
const plain = (words: string): string =>
  words
    .replaceAll(/\p{Extended_Pictographic}|\u{FE0F}/gu, "")
    .replaceAll(/\s+/g, " ")
    .trim();

function parsed(line: string): Readonly<Record<string, unknown>> | undefined {
  try {
    return asRecord(JSON.parse(line));
  } catch {
    return undefined;
  }
}

const asRecord = (value: unknown): Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};
