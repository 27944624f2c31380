import * as z from "zod";
import { type Parsed, wrong } from "./parsed.ts";
import { bytes, flag, mapping, maybe, parsing, text, whole } from "./schema-parts.ts";
import { parseSsh } from "./ssh-syntax.ts";

const MIB = 1024 ** 2;

/** minikube takes no machine with less, not even without Kubernetes (`minUsableMem` in its start command, 1.38.1). */
const LEAST_MEMORY_MIB = 1800;
/** Likewise `minimumDiskSize`. */
const LEAST_DISK_MIB = 2000;

const mebibytes = (least: number, what: string, example: string) =>
  bytes.transform(
    parsing((given: number): Parsed<number> => {
      const value = Math.floor(given / MIB);
      if (value >= least) return { value };
      return wrong(`minikube makes no machine with less ${what} than ${least}MiB`, `write ${example}`);
    }),
  );

/** minikube's own rule (`config.ProfileNameValid`). */
const profileName = z
  .string()
  .regex(/^[a-zA-Z0-9][a-zA-Z0-9-]+$/, "is no name for minikube: two or more letters, digits and dashes");

const VERSION = /^(v?\d+\.\d+(\.\d+)?([-+][0-9A-Za-z.+-]+)?|stable|latest)$/;

/** A version, or none: `v1.35.1`, `stable`, false. */
const kubernetes = z.union([z.string(), z.boolean()]).transform(
  parsing((given: string | boolean): Parsed<string | false> => {
    const word = String(given);
    if (["false", "none", "no"].includes(word)) return { value: false };
    if (word === "true") return { value: "stable" };
    return VERSION.test(word)
      ? { value: word }
      : wrong(`${word || "nothing"} is no version of Kubernetes`, "write v1.35.1, stable or false");
  }),
);

/** `x-devenv.minikube`: what the machine is to be. Memory and disk are in MiB. */
export const minikube = mapping({
  profile: maybe(profileName, "minikube's -p: a machine of that name, also one that is there; devenv-NAME by default"),
  driver: maybe(
    z.string().regex(/^[a-z][a-z0-9-]*$/, "is no name of a driver: docker, kvm2, virtualbox, vfkit, hyperv, ssh"),
    "What the machine runs on; minikube chooses by default",
  ),
  cpus: maybe(whole(1, 255), "Processors; minikube's default is 2"),
  memory: maybe(mebibytes(LEAST_MEMORY_MIB, "memory", "4GiB"), "Of the machine; minikube decides by default"),
  disk: maybe(mebibytes(LEAST_DISK_MIB, "disk", "20GiB"), "Of the machine; minikube's default is 20000MiB"),
  kubernetes: maybe(kubernetes, "false by default: a Docker daemon and no more. A version, or stable, has it besides"),
  addons: maybe(z.array(text), "Addons of minikube, which need kubernetes: ingress, metrics-server"),
  mount: maybe(flag, "Folders of this machine by `minikube mount`, else push; true but for driver ssh"),
  ssh: maybe(
    z
      .string()
      .meta({ examples: ["root@192.168.64.7", "me@192.168.64.7:2222"] })
      .transform(parsing(parseSsh)),
    "driver ssh: the machine's address, which may not be 127.0.0.1",
  ),
  key: maybe(text, "driver ssh: the private key for it, relative to the workspace"),
});
