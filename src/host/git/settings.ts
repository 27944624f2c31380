/** One line of git's configuration: `remote.origin.url`, the section and the key in lower case, as git prints them. */
export interface Setting {
  readonly name: string;
  /** Undefined for what is not written plainly: with quotes, escapes or a comment, or without a value. */
  readonly value: string | undefined;
}

const NOTHING = /^\s*(?:[#;].*)?$/;
const SECTION = /^\s*\[([A-Za-z0-9-]+)(?:[ \t]+"([^"\\]*)")?\]\s*$/;
const KEY = /^\s*([A-Za-z][A-Za-z0-9-]*)\s*(?:=(.*))?$/;

/**
 * The settings of a configuration file as git itself writes it (git-config(1), "Syntax").
 * @returns undefined where a line is written in any other way: then git is to be asked what it means.
 */
export function parseSettings(text: string): Setting[] | undefined {
  const found: Setting[] = [];
  let section: string | undefined;
  for (const line of text.split("\n")) {
    if (NOTHING.test(line)) continue;
    const [isSection, name = "", below] = SECTION.exec(line) ?? [];
    if (isSection !== undefined) {
      section = below === undefined ? name.toLowerCase() : `${name.toLowerCase()}.${below}`;
      continue;
    }
    const [isKey, key = "", value] = KEY.exec(line) ?? [];
    if (isKey === undefined || section === undefined || /\\\s*$/.test(line)) return undefined;
    found.push({ name: `${section}.${key.toLowerCase()}`, value: plain(value) });
  }
  return found;
}

const plain = (value: string | undefined): string | undefined =>
  value === undefined || /["\\#;]/.test(value) ? undefined : value.replace(/^[ \t]+|[ \t\r]+$/g, "");

/** `git config --list --null`: a name, a newline and the value, each. */
export function parseSettingsList(output: string): Setting[] {
  return output
    .split("\0")
    .filter((entry) => entry !== "")
    .map((entry) => {
      const end = entry.indexOf("\n");
      return end < 0 ? { name: entry, value: undefined } : { name: entry.slice(0, end), value: entry.slice(end + 1) };
    });
}
