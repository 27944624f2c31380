import { describe, expect, it } from "vitest";
import { guestArchitecture } from "../../../../src/provider/vm/architecture.ts";
import { kernelArguments } from "../../../../src/provider/vm/image.ts";
import { mmdebstrapArguments, recipeFor } from "../../../../src/provider/vm/recipe.ts";

const amd64 = guestArchitecture("x64");
const arm64 = guestArchitecture("arm64");

describe("the guest's processor", () => {
  it("is this machine's, with the machine and the console that QEMU has for it", () => {
    expect(amd64).toMatchObject({ name: "amd64", program: "qemu-system-x86_64", machine: "q35", console: "ttyS0" });
    expect(arm64).toMatchObject({ name: "arm64", program: "qemu-system-aarch64", machine: "virt", console: "ttyAMA0" });
  });

  it("is refused by name where there are no guests for it", () => {
    expect(() => guestArchitecture("riscv64")).toThrow("this machine's processor is riscv64");
  });
});

describe("a recipe", () => {
  it("has the same name each time, and another one for another processor", () => {
    expect(recipeFor(amd64).digest).toMatch(/^[0-9a-f]{64}$/);
    expect(recipeFor(amd64).digest).toBe(recipeFor(amd64).digest);
    expect(recipeFor(arm64).digest).not.toBe(recipeFor(amd64).digest);
  });

  it("becomes a call of mmdebstrap, with the mirror and the proxy of this machine", () => {
    const recipe = recipeFor(arm64);
    const sources = ["deb http://mirror.example/debian bookworm main"];
    const reach = { sources, aptOptions: ['Acquire::http::Proxy "http://proxy.example:3128"'] };
    const args = mmdebstrapArguments(recipe, reach, "/cache/root.tar");
    expect(args).toContain("--architectures=arm64");
    expect(args.find((arg) => arg.startsWith("--include="))).toMatch(
      /=linux-image-arm64,.*docker\.io.*qemu-guest-agent/,
    );
    expect(args).toContain('--aptopt=Acquire::http::Proxy "http://proxy.example:3128"');
    expect(args).toContain(`--customize-hook=${recipe.afterPackages}`);
    expect(args.slice(-3)).toEqual(["bookworm", "/cache/root.tar", ...sources]);
  });

  it("keeps bridges and drops the drivers of network cards, by the last of dpkg's patterns that fits", () => {
    const kept = (file: string) => {
      const patterns = recipeFor(amd64).dpkgOptions.filter((option) => option.startsWith("path-"));
      const fits = (pattern: string) =>
        new RegExp(
          `^${pattern
            .replace(/^path-\w+=/, "")
            .replaceAll(".", "\\.")
            .replaceAll("*", ".*")}$`,
        ).test(file);
      return patterns.findLast(fits)?.startsWith("path-include=") ?? true;
    };
    const modules = "/lib/modules/6.1.0-56-amd64/kernel";
    expect(kept(`${modules}/net/bridge/br_netfilter.ko`)).toBe(true);
    expect(kept(`${modules}/drivers/net/veth.ko`)).toBe(true);
    expect(kept(`${modules}/drivers/net/vxlan/vxlan.ko`)).toBe(true);
    expect(kept(`${modules}/drivers/net/ethernet/intel/e1000/e1000.ko`)).toBe(false);
    expect(kept(`${modules}/drivers/gpu/drm/drm.ko`)).toBe(false);
    expect(kept(`${modules}/fs/9p/9p.ko`)).toBe(true);
    expect(kept("/usr/share/doc/systemd/NEWS")).toBe(false);
    expect(kept("/usr/share/doc/systemd/copyright")).toBe(true);
  });
});

describe("the kernel's command line", () => {
  it("leaves the remedies of a real processor's weaknesses out only where it is emulated", () => {
    expect(kernelArguments({ guest: amd64 }, "tcg")).toMatch(/^root=\/dev\/vda .*console=ttyS0.* mitigations=off$/);
    expect(kernelArguments({ guest: arm64 }, "kvm")).toContain("console=ttyAMA0");
    expect(kernelArguments({ guest: arm64 }, "kvm")).not.toContain("mitigations");
  });
});
