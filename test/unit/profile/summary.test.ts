import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { loadProfile } from "../../../src/profile/load-profile.ts";
import { summarizeProfiles } from "../../../src/profile/summary.ts";
import { failureOf, folderWith } from "./loading.ts";

/** The profiles of a workspace with these files, each as it is read there. */
async function summaries(files: Record<string, string>) {
  const workspace = await folderWith(files);
  const fileOf = (name: string | undefined) => join(workspace, name ? `profiles/${name}.yaml` : "compose.yaml");
  const read = (name?: string) => loadProfile(fileOf(name), { workspace, environment: {}, home: "/home/ada" });
  const found = await summarizeProfiles({ from: workspace, environment: {} }, read);
  return found.map(({ file, problems, ...rest }) => ({
    ...rest,
    file: file.slice(workspace.length + 1),
    problems: problems.map(({ message }) => message),
  }));
}

describe("the profiles of a workspace", () => {
  test("are told with what they are for, what they build on, and which is the default", async () => {
    const found = await summaries({
      "devenv.yaml": "profile: shop\n",
      "profiles/shop.yaml": "# The shop.\nservices: { a: { image: x }, b: { image: y } }\n",
      "profiles/small.yaml": "# No.\nx-devenv: { extends: shop.yaml, description: Only the front. }\n",
    });
    expect(found).toMatchObject([
      { name: "shop", description: "The shop.", isDefault: true, services: ["a", "b"], problems: [] },
      { name: "small", description: "Only the front.", isDefault: false, buildsOn: "shop.yaml", services: ["a", "b"] },
    ]);
  });

  test("are listed with their problems where they have some, also when they are no YAML", async () => {
    const [keys, text] = await summaries({
      "profiles/a.yaml": "# Broken.\nservices: { a: { imag: x } }\n",
      "profiles/b.yaml": "services: [\n",
    });
    expect(keys).toMatchObject({ name: "a", description: "Broken.", services: null });
    expect(keys?.problems[0]).toContain("unknown key imag");
    expect(text).toMatchObject({ name: "b", services: null });
    expect(text?.problems[0]).toContain("YAML");
  });

  test("are the Compose file where there is no other", async () => {
    const found = await summaries({ "compose.yaml": "services: { a: { image: x } }\n" });
    expect(found).toMatchObject([{ name: "compose.yaml", file: "compose.yaml", isDefault: true, services: ["a"] }]);
  });

  test("are none in a workspace that has none, and are not looked for outside of one", async () => {
    expect(await summaries({ "devenv.yaml": "" })).toEqual([]);
    expect((await failureOf(summaries({ "no/thing": "" }))).message).toContain("is not inside of a workspace");
  });
});
