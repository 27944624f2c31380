import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { parse } from "yaml";
import { Failure } from "../../src/model/failure.ts";
import type { Profile } from "../../src/model/profile.ts";
import { canonicalProfile } from "../../src/profile/canonical.ts";
import { canonicalYaml } from "../../src/profile/canonical-yaml.ts";
import { loadProfile } from "../../src/profile/load-profile.ts";
import { viewOfCompose } from "../harness/compose/compose-view.ts";
import { fixtures, HOME, load } from "../harness/compose/fixture.ts";
import { viewOfProfile } from "../harness/compose/profile-view.ts";
import { askCompose, type ComposeAnswer } from "../harness/compose/reference.ts";
import { differences } from "../harness/compose/view.ts";

const PROFILES = join(import.meta.dirname, "../../profiles");
const WORKSPACE = dirname(PROFILES);

/** One set of files, what devenv makes of them, and what Compose does. */
interface Judged {
  readonly name: string;
  readonly devenv: Profile | Failure;
  readonly compose: ComposeAnswer;
  /** The same, of what `devenv config` prints. */
  readonly printed: ComposeAnswer | undefined;
  /** Why the two differ, where they are meant to. */
  readonly departure: string | undefined;
}

let judged: Judged[];
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "devenv-compose-"));
  const cases = [...(await ofFixtures()), ...(await ofProfiles())];
  const printed = await Promise.all(cases.map(({ name, devenv }) => print(name, devenv)));
  const asked = cases.map(({ files, environment, devenv }) => ({
    files,
    // The cluster's name, when no file tells it, is the file's name to devenv and the folder's to Compose.
    environment: devenv instanceof Failure ? environment : { ...environment, COMPOSE_PROJECT_NAME: devenv.name },
  }));
  const [originals, copies] = await Promise.all([
    askCompose(asked, HOME),
    askCompose(
      printed.filter((file) => file !== undefined).map((file) => ({ files: [file], environment: {} })),
      HOME,
    ),
  ]);
  judged = cases.map(({ name, devenv, departure }, index) => ({
    name,
    devenv,
    departure,
    compose: originals[index] as ComposeAnswer,
    printed: printed[index] === undefined ? undefined : copies.shift(),
  }));
});

afterAll(() => rm(folder, { recursive: true, force: true }));

const ofFixtures = () =>
  Promise.all(
    fixtures().map(async (fixture) => ({
      ...fixture,
      devenv: await load(fixture),
      departure: fixture.expected.compose,
    })),
  );

async function ofProfiles() {
  const names = (await readdir(PROFILES)).filter((name) => name.endsWith(".yaml"));
  const environment = {};
  return Promise.all(
    names.map(async (name) => {
      const file = join(PROFILES, name);
      const devenv = await loadProfile(file, { workspace: WORKSPACE, environment, home: HOME }).catch(
        (error: Failure) => error,
      );
      return { name, files: await withBases(file), environment, devenv, departure: undefined };
    }),
  );
}

/** To Compose, what `x-devenv.extends` builds on is a file that comes before. */
async function withBases(file: string): Promise<string[]> {
  const base: unknown = parse(await readFile(file, "utf8"))["x-devenv"]?.extends;
  return typeof base === "string" ? [...(await withBases(join(dirname(file), base))), file] : [file];
}

/** Path of a file with what `devenv config` prints. */
async function print(name: string, profile: Profile | Failure): Promise<string | undefined> {
  if (profile instanceof Failure) return undefined;
  const file = join(folder, `${name}.yaml`);
  await writeFile(file, canonicalYaml(canonicalProfile(profile)));
  return file;
}

/** A line for each set of files of which this says something. */
const complaints = (of: (each: Judged) => string | undefined) =>
  judged.map((each) => [each.name, of(each)]).filter(([, complaint]) => complaint !== undefined);

describe("beside the reference implementation of the Compose specification", () => {
  it("what devenv takes, Compose takes, and the other way round, but for what says why", () => {
    const disagreements = complaints(({ devenv, compose, departure }) => {
      const isRefused = devenv instanceof Failure;
      const isRefusedByCompose = compose.project === undefined;
      if ((isRefused !== isRefusedByCompose) === (departure !== undefined)) return undefined;
      return isRefusedByCompose ? `compose refuses it: ${compose.error}` : "compose takes it";
    });
    expect(disagreements).toEqual([]);
  });

  it("what both take means the same to both", () => {
    const disagreements = complaints(({ devenv, compose }) => {
      if (devenv instanceof Failure || compose.project === undefined) return undefined;
      return differences(viewOfProfile(devenv), viewOfCompose(compose.project)).join("\n") || undefined;
    });
    expect(disagreements).toEqual([]);
  });

  it("what config prints is taken by Compose, and means the same", () => {
    const disagreements = complaints(({ devenv, printed }) => {
      if (devenv instanceof Failure || printed === undefined) return undefined;
      if (printed.project === undefined) return `compose refuses it: ${printed.error}`;
      return differences(viewOfProfile(devenv), withoutOurs(viewOfCompose(printed.project))).join("\n") || undefined;
    });
    expect(disagreements).toEqual([]);
  });
});

/** CLUSTER_ENV is in what `config` prints, as it is in every container. */
function withoutOurs(view: ReturnType<typeof viewOfCompose>) {
  for (const service of Object.values(view.services)) {
    delete (service.environment as Record<string, unknown>).CLUSTER_ENV;
  }
  return view;
}
