import type Docker from "dockerode";
import { expect, test } from "vitest";
import { withProgram } from "../../../src/docker/program.ts";
import { clusterName } from "../../../src/model/names.ts";
import { containerSpec } from "../../harness/container-spec.ts";

const BEFORE = ["wait", "--"];

/** A daemon whose image names this program. */
const daemonWith = (image: { Entrypoint?: string | string[] | null; Cmd?: string[] | null }) =>
  ({ getImage: () => ({ inspect: async () => ({ Config: image }) }) }) as unknown as Docker;

const programOf = async (
  image: Parameters<typeof daemonWith>[0],
  written: { entrypoint?: string[]; command?: string[] },
) => {
  const spec = containerSpec(clusterName("test"), { before: BEFORE, ...written });
  const { entrypoint, command } = await withProgram(daemonWith(image), spec);
  return [...(entrypoint ?? []), ...(command ?? [])].join(" ");
};

test.each([
  ["the image's program", {}, "wait -- docker-entrypoint.sh postgres"],
  ["the image's entrypoint and the profile's command", { command: ["pg_ctl"] }, "wait -- docker-entrypoint.sh pg_ctl"],
  [
    "the profile's command alone, when it names an entrypoint",
    { entrypoint: ["sh", "-c"], command: ["x"] },
    "wait -- sh -c x",
  ],
])("the words come before %s", async (_, written, words) => {
  expect(await programOf({ Entrypoint: ["docker-entrypoint.sh"], Cmd: ["postgres"] }, written)).toBe(words);
});

test("the profile's entrypoint stands without the image's command, as for the daemon itself", async () => {
  expect(await programOf({ Cmd: ["bash"] }, { entrypoint: ["sleep", "9"] })).toBe("wait -- sleep 9");
});

test("where neither names a program, that is told with what to write", async () => {
  const trying = programOf({ Entrypoint: null, Cmd: null }, {});
  await expect(trying).rejects.toThrow("web: neither its profile nor its image");
  await expect(trying).rejects.toMatchObject({
    hint: "Write it in the profile: `services: { web: { command: […] } }`.",
  });
});

test("without words before it a program is left as it is written", async () => {
  const spec = containerSpec(clusterName("test"), { command: ["x"] });
  expect(await withProgram(daemonWith({}), spec)).toBe(spec);
});
