import { environmentFailure, type Failure } from "../../model/failure.ts";
import type { MinikubeError } from "./events.ts";

/** What minikube was asked to do. */
export interface Asked {
  /** `start`. */
  readonly verb: string;
  /** minikube's name of the machine. */
  readonly profile: string;
  readonly driver?: string | undefined;
}

interface Reading {
  readonly ids: RegExp;
  readonly message: (asked: Asked) => string;
  readonly hint: (asked: Asked) => string;
}

/** minikube's reasons that have a mend in the profile; the ids are those of `pkg/minikube/reason` (1.38.1). */
const READINGS: readonly Reading[] = [
  {
    ids: /^(DRV_NOT_DETECTED|PROVIDER_\w+_NOT_FOUND|PROVIDER_NOT_FOUND|DRV_NOT_FOUND|DRV_AUX_NOT_FOUND)$/,
    message: ({ driver }) =>
      driver === undefined ? "minikube finds no driver to run on" : `minikube has no use of driver ${driver} here`,
    hint: () =>
      "Install what one of its drivers needs (docker, podman, kvm2, virtualbox, qemu2, vfkit), or give a machine of your own by `x-devenv.minikube.ssh`.",
  },
  {
    ids: /^(DRV_NOT_HEALTHY|DRV_AUX_NOT_HEALTHY|DRV_DOCKER_NOT_RUNNING|PROVIDER_\w+)$/,
    message: ({ driver }) =>
      driver === undefined ? "none of minikube's drivers works here" : `minikube's driver ${driver} does not work here`,
    hint: () => "Mend what it says, or name another driver: `x-devenv.minikube.driver`.",
  },
  {
    ids: /^DRV_(UNSUPPORTED|UNSUPPORTED_OS)$/,
    message: ({ driver }) => `minikube has no driver ${driver} for this system`,
    hint: () => "Name another: `x-devenv.minikube.driver`; `minikube start --help` lists those that it has.",
  },
  {
    ids: /^DRV_AS_ROOT$/,
    message: ({ driver }) => `minikube's driver ${driver ?? "docker"} is not for root`,
    hint: () =>
      "Run devenv as an ordinary user; MINIKUBE_FORCE=true in the environment has minikube do it nevertheless.",
  },
  {
    ids: /^DRV_NEEDS_ROOT$/,
    message: ({ driver }) => `minikube's driver ${driver} is for root only`,
    hint: () => "Name another driver: `x-devenv.minikube.driver`.",
  },
  {
    ids: /^(RSRC_INSUFFICIENT_\w*MEMORY|RSRC_DOCKER_MEMORY|RSRC_OVER_ALLOC_MEM|RSRC_INVALID_HYPERV_MEMORY)$/,
    message: () => "there is too little memory for minikube's machine",
    hint: () =>
      "Set `x-devenv.minikube.memory` to what there is, 1800MiB or more; with driver docker, give Docker more.",
  },
  {
    ids: /^RSRC_(INSUFFICIENT_CORES|DOCKER_CORES)$/,
    message: () => "there are too few processors for minikube's machine",
    hint: () =>
      "Set `x-devenv.minikube.cpus` to what there is, 2 or more with Kubernetes; with driver docker, give Docker more.",
  },
  {
    ids: /^(RSRC_INSUFFICIENT_STORAGE|RSRC_DOCKER_STORAGE|RSRC_PODMAN_STORAGE)$/,
    message: () => "there is too little room on the disk for minikube's machine",
    hint: ({ profile }) =>
      `Make room: \`minikube -p ${profile} ssh -- docker system prune\`, or set \`x-devenv.minikube.disk\`.`,
  },
  {
    ids: /^INET_/,
    message: () => "minikube could not download what it needs",
    hint: () => "Is there a way to the internet? It takes HTTPS_PROXY from the environment.",
  },
  {
    ids: /^IF_SSH_AUTH$/,
    message: ({ profile }) => `the machine ${profile} does not let minikube in`,
    hint: () =>
      "`x-devenv.minikube.key` is a private key without a passphrase, whose public half has to be among that account's authorized_keys there.",
  },
  {
    ids: /^GUEST_DRIVER_MISMATCH$/,
    message: ({ profile, driver }) =>
      `the machine ${profile} is there, and was made with another driver than ${driver}`,
    hint: () => "`devenv minikube delete` removes it with all that is in it; or name its driver in the profile.",
  },
];

/** What it ends with, too, after it has said more of Docker or of memory, where MINIKUBE_FORCE had it go on. */
const REFUSED: Reading = {
  ids: /^MK_USAGE$/,
  message: ({ verb, profile }) => `minikube refuses to ${verb} ${profile}`,
  hint: () => "Mend what it says in the profile (`x-devenv.minikube`), or name another driver there.",
};

const readingOf = ({ id }: MinikubeError): Reading | undefined => READINGS.find(({ ids }) => ids.test(id));

/**
 * Why minikube did not do what it was asked.
 * @param errors its own last words, where it had any: that which has a mend is what it is about
 * @param output all that it printed, for one that says nothing that is known
 */
export function minikubeTrouble(asked: Asked, errors: readonly MinikubeError[], output: string): Failure {
  const error = errors.findLast(readingOf) ?? errors.at(-1);
  const reading = error && (readingOf(error) ?? (REFUSED.ids.test(error.id) ? REFUSED : undefined));
  const words = errors.length === 0 ? lastLines(output) : [...new Set(errors.map(sentence))].join("\n");
  if (reading !== undefined)
    return environmentFailure(reading.message(asked), { hint: reading.hint(asked), output: words });
  const id = error?.id ? ` (${error.id})` : "";
  return environmentFailure(`\`minikube ${asked.verb} -p ${asked.profile}\` failed${id}`, {
    hint: `\`minikube -p ${asked.profile} logs\` tells more.`,
    output: words,
  });
}

const sentence = ({ message, advice }: MinikubeError): string =>
  [message, advice].filter((words) => words !== "").join("\n");

/**
 * Why a `minikube mount` ended, in one line: what the machine's own `mount` says, else minikube's last word.
 * @param lines of what it printed, the last ones of it
 */
export function mountTrouble(lines: readonly string[]): string {
  if (lines.some((line) => line.includes("HOST_UNSUPPORTED")))
    return "this machine's kernel has no 9p (minikube tries `modprobe -q 9p`)";
  const inside = lines.findLast((line) => line.startsWith("mount: "));
  if (inside !== undefined) return `the machine's mount says: ${sentenceOf(inside.replace(/^mount: (\/\S*: )?/, ""))}`;
  const words = lines.filter((line) => !/^[\u2500-\u257f* ]*$|\u2502/.test(line));
  const last = words.find((line) => line.includes("Exiting due to")) ?? words.at(-1);
  return last === undefined ? "it ended" : sentenceOf(last.replace(/^.*Exiting due to \w+: /, ""));
}

const sentenceOf = (words: string): string => words.trim().replace(/\.$/, "");

const LINES_TOLD = 12;

const lastLines = (output: string): string => output.trim().split("\n").slice(-LINES_TOLD).join("\n");
