import { dirname, join } from "node:path";
import { readText } from "../host/files.ts";
import { didYouMean } from "../model/nearest.ts";
import type { Profile } from "../model/profile.ts";
import { parseDotEnv } from "../profile/dotenv.ts";
import { readPrivateFile, readSecrets } from "../profile/secrets.ts";
import type { Machine } from "./machine.ts";
import { type CommandSecrets, secretsOfCommand } from "./secret-command.ts";

/** A value, or what is to be said where there is none. `isTold` when it is told elsewhere: the source itself failed. */
export type Looked =
  | { readonly value: string }
  | { readonly problem: string; readonly hint: string; readonly isMissing: boolean; readonly isTold?: boolean };

/**
 * Where the values of a profile come from that no file of the Compose file gives: devenv's environment, the profile's
 * source of secrets (a file, or a command), `.env` beside the profile. The source is read when it is first asked for,
 * and once; every value that is given out is redacted from then on.
 */
export class SecretValues {
  readonly #profile: Profile;
  readonly #machine: Machine;
  #source: Promise<CommandSecrets> | undefined;

  constructor(profile: Profile, machine: Machine) {
    this.#profile = profile;
    this.#machine = machine;
  }

  /** What the source gives; undefined where the profile names none. */
  source(): Promise<CommandSecrets> | undefined {
    if (this.#profile.secretSource !== undefined) this.#source ??= this.#readSource(this.#profile.secretSource);
    return this.#source;
  }

  /** Whether the source was asked for: a command that nobody needs is not run. */
  get wasAsked(): boolean {
    return this.#source !== undefined;
  }

  async #readSource(source: NonNullable<Profile["secretSource"]>): Promise<CommandSecrets> {
    if (source.kind === "command") return secretsOfCommand(source.command, this.#profile.workspace, this.#machine);
    const read = await readSecrets(source.file);
    if ("values" in read) this.#machine.secrets.add(Object.values(read.values));
    return read;
  }

  /** A key of the source alone (`external: true`). */
  async key(key: string): Promise<Looked> {
    const source = await this.source();
    if (source === undefined)
      return { problem: "the profile names no source of secrets", hint: NAME_A_SOURCE, isMissing: true };
    if ("problem" in source) return { ...source, isTold: true };
    const value = own(source.values, key);
    if (value !== undefined) return { value };
    const problem = `${this.#sourceName} has no key ${key}`;
    const meant = didYouMean(key, Object.keys(source.values));
    const hint = meant === undefined ? this.#addIt(key) : `${meant} Else ${this.#addIt(key)}`;
    return { problem, hint, isMissing: true };
  }

  /** A variable: the environment, then the source, then `.env`, as for the variables in a profile's text. */
  async variable(name: string): Promise<Looked> {
    const set = own(this.#machine.environment, name);
    if (set !== undefined) return { value: set };
    const kept = this.#profile.secretSource === undefined ? undefined : await this.key(name);
    if (kept !== undefined && ("value" in kept || kept.isTold)) return kept;
    const dotEnv = await this.#inDotEnv(name);
    if (dotEnv !== undefined) return dotEnv;
    const nowhere = this.#profile.secretSource === undefined ? "" : `, and ${this.#sourceName} has no key ${name}`;
    const hint = `set it where devenv is started: \`export ${name}=…\`; or ${this.#addIt(name)}`;
    return { problem: `${name} is not set in the environment${nowhere}`, hint, isMissing: true };
  }

  /** Only what the owner alone can read, as for every other file that holds a secret. */
  async #inDotEnv(name: string): Promise<Looked | undefined> {
    const file = join(dirname(this.#profile.file), ".env");
    const text = await readText(file).catch(() => undefined);
    const value =
      text === undefined
        ? undefined
        : own(parseDotEnv(text, (key) => own(this.#machine.environment, key)).values, name);
    if (value === undefined) return undefined;
    this.#machine.secrets.add([value]);
    const read = await readPrivateFile(file, `${file}, which sets ${name},`);
    return "problem" in read ? read : { value };
  }

  get #sourceName(): string {
    const { secretSource } = this.#profile;
    return secretSource?.kind === "file" ? secretSource.file : "the output of the command for secrets";
  }

  #addIt(key: string): string {
    const { secretSource } = this.#profile;
    if (secretSource === undefined) return NAME_A_SOURCE;
    return secretSource.kind === "file"
      ? `add a line ${key}=… to ${secretSource.file}`
      : `have the command under x-devenv.secrets print a line ${key}=…`;
  }
}

const NAME_A_SOURCE =
  "name one: x-devenv: { secrets: ~/.config/devenv/NAME.secrets }, a file of KEY=VALUE lines, or { command: … }";

const own = (values: Readonly<Record<string, string | undefined>>, name: string): string | undefined =>
  Object.hasOwn(values, name) ? values[name] : undefined;
