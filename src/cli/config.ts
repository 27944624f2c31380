import type { Profile } from "../model/profile.ts";
import type { Commands } from "./commands.ts";
import { printJson, type Session, say } from "./session.ts";
import { noteWarnings } from "./warnings.ts";

interface ConfigFlags {
  readonly quiet: boolean;
  readonly services: boolean;
  readonly images: boolean;
  readonly volumes: boolean;
  readonly networks: boolean;
  /** True without a service's name. */
  readonly hash: true | string[] | undefined;
}

const EXAMPLES = `
Examples:
  devenv config                   the workspace's profile, with all put in
  devenv config books -q          only checks it; says all that is wrong
  devenv config --services        names, each after those it depends on
  devenv config --hash gateway    changes with the service's definition
  devenv config -f compose.yaml -f compose.test.yaml`;

export function defineConfig({ program, run, profileOf }: Commands): void {
  program
    .command("config")
    .description("print the profile as one Compose file, with every variable, file and default put in")
    .argument("[profile]", "profile, by name or path")
    .option("-q, --quiet", "only check it", false)
    .option("--services", "the services' names, dependencies first", false)
    .option("--images", "the images' names", false)
    .option("--volumes", "the volumes' names", false)
    .option("--networks", "the networks' names", false)
    .option("--hash [service...]", "a hash of each service's definition")
    .addHelpText("after", EXAMPLES)
    .action((profile: string | undefined, flags: ConfigFlags) =>
      run((session) => config(session, profileOf(profile), flags)),
    );
}

async function config(session: Session, name: string | undefined, flags: ConfigFlags): Promise<void> {
  const profile = await session.profile(name);
  noteWarnings(session, profile.warnings);
  if (flags.quiet) return;
  if (flags.hash !== undefined) return printHashes(session, profile, flags.hash === true ? [] : flags.hash);
  const names = await asked(profile, flags);
  if (names === undefined) return printProfile(session, profile);
  if (session.json) return printJson(session, names);
  for (const each of names) say(session, each);
}

/** One list; undefined when the whole profile is wanted. */
async function asked(profile: Profile, flags: ConfigFlags): Promise<string[] | undefined> {
  if (flags.services) {
    const { dependenciesFirst } = await import("../profile/definition.ts");
    return dependenciesFirst(profile).map((service) => service.name);
  }
  if (flags.images) return [...new Set(profile.services.map(({ image }) => image))];
  if (flags.volumes) return profile.volumes.map(({ key }) => key);
  if (flags.networks) return profile.networks.map(({ key }) => key);
  return undefined;
}

async function printHashes(session: Session, profile: Profile, names: readonly string[]): Promise<void> {
  const [{ definitionHash }, { namedServices }] = await Promise.all([
    import("../profile/definition.ts"),
    import("../flow/services.ts"),
  ]);
  const hashes = namedServices(profile, names).map((service) => [service.name, definitionHash(service)] as const);
  if (session.json) return printJson(session, Object.fromEntries(hashes));
  for (const [service, hash] of hashes) say(session, `${service} ${hash}`);
}

async function printProfile(session: Session, profile: Profile): Promise<void> {
  const { canonicalProfile } = await import("../profile/canonical.ts");
  const data = canonicalProfile(profile, (text) => session.secrets.text(text));
  if (session.json) return printJson(session, data);
  const { canonicalYaml } = await import("../profile/canonical-yaml.ts");
  say(session, canonicalYaml(data).trimEnd());
}
