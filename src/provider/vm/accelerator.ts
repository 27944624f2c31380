import { constants } from "node:fs";
import { access } from "node:fs/promises";
import { cpus } from "node:os";
import { dirname, join } from "node:path";
import { ensureFolder, errorCode, readJson, writeJson } from "../../host/files.ts";
import { interrupted } from "../../model/failure.ts";
import type { VmAccelerator } from "../../model/vm.ts";
import { runProgram } from "../programs.ts";
import type { ProviderProgress } from "../provider.ts";
import type { Surroundings } from "../surroundings.ts";
import type { GuestArchitecture } from "./architecture.ts";
import { probeBoot } from "./boot-probe.ts";
import type { VmImage } from "./image-source.ts";

/** What guests run on here. */
export interface AcceleratorChoice {
  readonly name: VmAccelerator;
  /** For a person: why this one. */
  readonly why: string;
}

/**
 * What guests run on: the processor's own virtualisation where a guest truly boots under it, else plain emulation. The
 * first time it is tried, for ten seconds at most; the answer is remembered in `<cache>/vm/accelerator.json` for as
 * long as QEMU, the kernel here and the processor are the same. A QEMU that refuses at once is asked again the next time:
 * another hypervisor may have had the processor.
 * @throws Failure (environment) where QEMU does not run; `interrupted` on abort
 */
export async function chooseAccelerator(
  image: VmImage,
  surroundings: Surroundings,
  progress: ProviderProgress,
  signal?: AbortSignal,
): Promise<AcceleratorChoice> {
  const native = await nativeAccelerator(surroundings);
  const told = (choice: AcceleratorChoice) => {
    // Whoever waits for it is to know why it is slow.
    if (choice.name === "tcg") progress(choice.why, { isNote: true });
    return choice;
  };
  if ("why" in native) return told({ name: "tcg", why: native.why });
  const file = memoryOf(surroundings);
  const key = await keyOf(native.name, image.guest, surroundings);
  const known = await remembered(key, file);
  if (known !== undefined) return told(known);
  progress(`trying whether a guest boots under ${WORDS[native.name]}`);
  const result = await probeBoot(image, native.name, surroundings, { signal }).catch((thrown: unknown) => {
    throw signal?.aborted ? interrupted() : thrown;
  });
  const choice: AcceleratorChoice = result.boots
    ? { name: native.name, why: `a guest booted under ${WORDS[native.name]}` }
    : { name: "tcg", why: `${WORDS[native.name]} is there, but ${result.why}: emulated, which is slow` };
  if (result.boots || result.hung) {
    await ensureFolder(dirname(file));
    await writeJson(file, { key, ...choice });
  }
  return told(choice);
}

/** What is known of it without a trial; undefined where it was never tried with this QEMU, kernel and processor. */
export async function knownAccelerator(
  guest: GuestArchitecture,
  surroundings: Surroundings,
): Promise<AcceleratorChoice | undefined> {
  const native = await nativeAccelerator(surroundings);
  if ("why" in native) return { name: "tcg", why: native.why };
  return remembered(await keyOf(native.name, guest, surroundings), memoryOf(surroundings));
}

const memoryOf = ({ folders }: Surroundings): string => join(folders.cache, "vm", "accelerator.json");

async function remembered(key: string, file: string): Promise<AcceleratorChoice | undefined> {
  const known = asRemembered(await readJson(file).catch(() => undefined));
  return known?.key === key ? { name: known.name, why: known.why } : undefined;
}

const WORDS: Readonly<Record<VmAccelerator, string>> = { kvm: "KVM", hvf: "HVF", tcg: "emulation" };

/** What the processor itself would do, or why it does not. That is looked at each time: it is mended by one command. */
async function nativeAccelerator({
  machine,
}: Surroundings): Promise<{ readonly name: VmAccelerator } | { readonly why: string }> {
  if (machine.platform === "darwin") return { name: "hvf" };
  if (machine.platform !== "linux") return { why: `on ${machine.platform} guests are emulated` };
  const code = await access("/dev/kvm", constants.R_OK | constants.W_OK).then(() => undefined, errorCode);
  if (code === undefined) return { name: "kvm" };
  return code === "ENOENT"
    ? { why: "there is no /dev/kvm: emulated, which is slow" }
    : { why: "/dev/kvm is not for you (`sudo usermod -aG kvm $USER`, then log in anew): emulated, which is slow" };
}

async function keyOf(name: VmAccelerator, guest: GuestArchitecture, surroundings: Surroundings): Promise<string> {
  const version = (await runProgram(surroundings, guest.program, ["--version"])).split("\n")[0];
  return [name, version, surroundings.machine.kernel, cpus()[0]?.model ?? ""].join("; ");
}

function asRemembered(value: unknown): (AcceleratorChoice & { readonly key: string }) | undefined {
  if (typeof value !== "object" || value === null) return undefined;
  const { key, name, why } = value as Partial<Record<string, unknown>>;
  if (typeof key !== "string" || typeof why !== "string") return undefined;
  return name === "kvm" || name === "hvf" || name === "tcg" ? { key, name, why } : undefined;
}
