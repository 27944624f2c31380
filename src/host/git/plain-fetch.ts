import type { Setting } from "./settings.ts";

/**
 * What of git's configuration decides what a fetch brings. Everything that is not known to leave it alone counts as
 * deciding, also what git will read only in times to come.
 */

/** Sections of which neither `git fetch` nor the side that it asks reads anything that changes what is brought. */
const ASIDE = new Set(
  `add advice alias am apply author blame branch browser checkout clean clone color column commit committer completion
  credential daemon delta diff difftool filter format gc gitweb gpg grep gui help hooks http i18n imap index init instaweb
  interactive lfs log mailinfo maintenance man merge mergetool notes pack pager pull push rebase receive repack rerere
  revert safe sendemail sequence showbranch stash status submodule svn tag user versionsort web worktree`.split(/\s+/),
);

/** Keys of `core` that change how a work tree is kept or how git looks, and nothing that a fetch brings. */
const ASIDE_IN_CORE = new Set(
  `abbrev askpass attributesfile autocrlf bare bigfilethreshold checkroundtripencoding checkstat commentchar
  commitgraph compression deltabasecachelimit editor eol excludesfile filemode filesreflocktimeout fscache fsmonitor
  fsync fsyncmethod hidedotfiles hookspath ignorecase ignorestat logallrefupdates longpaths loosecompression
  multipackindex packedgitlimit packedgitwindowsize packedrefstimeout pager precomposeunicode preloadindex protecthfs
  protectntfs quotepath safecrlf sharedrepository sparsecheckout sparsecheckoutcone splitindex sshcommand symlinks
  trustctime untrackedcache warnambiguousrefs whitespace`.split(/\s+/),
);

/** Single settings, with the values that leave a fetch as it is. */
const HARMLESS: Readonly<Record<string, RegExp>> = {
  "core.repositoryformatversion": /^0$/,
  "fetch.output": /^/,
  "fetch.parallel": /^/,
  "fetch.prune": /^/,
  "fetch.showforcedupdates": /^/,
  "fetch.writecommitgraph": /^/,
  "protocol.file.allow": /^always$/,
  "protocol.version": /^[012]$/,
  "remote.pushdefault": /^/,
};

function isAside({ name, value }: Setting): boolean {
  const section = name.slice(0, name.indexOf("."));
  if (ASIDE.has(section)) return true;
  if (section === "core" && ASIDE_IN_CORE.has(name.slice("core.".length))) return true;
  return value !== undefined && (HARMLESS[name]?.test(value) ?? false);
}

/** Of settings that hold for every repository: files that they include are listed with them, as `git config` does it. */
export function isAsideEverywhere(settings: readonly Setting[]): boolean {
  const isOfOne = ({ name }: Setting) => /^branch\..*\./s.test(name);
  return settings.every((setting) => setting.name === "include.path" || (isAside(setting) && !isOfOne(setting)));
}

/** Of the repository that is asked: what it follows itself does not matter. */
export const isAsideAtRemote = (settings: readonly Setting[]): boolean =>
  settings.every((setting) => setting.name.startsWith("remote.") || isAside(setting));

/** A fetch that brings every branch of one remote, and the tags that go with them. */
export interface PlainFetch {
  readonly remote: string;
  readonly url: string;
  /** The branch that the current one follows, without `refs/heads/`. */
  readonly branch: string;
}

/**
 * What `git fetch` does on a branch, where the repository's own settings say no more than `git clone` wrote there.
 * @returns undefined for everything else, such as other refspecs, several addresses, a partial clone or an include.
 */
export function plainFetch(settings: readonly Setting[], current: string): PlainFetch | undefined {
  const valuesOf = (name: string) => settings.filter((setting) => setting.name === name).map(({ value }) => value);
  const remote = only(valuesOf(`branch.${current}.remote`));
  const [, branch] = /^refs\/heads\/(.+)$/s.exec(only(valuesOf(`branch.${current}.merge`)) ?? "") ?? [];
  if (remote === undefined || !/^\w[\w-]*$/.test(remote) || branch === undefined) return undefined;
  const url = only(valuesOf(`remote.${remote}.url`));
  const refspec = only(valuesOf(`remote.${remote}.fetch`));
  if (url === undefined || refspec !== `+refs/heads/*:refs/remotes/${remote}/*`) return undefined;
  const own = ["url", "fetch", "pushurl", "prune"].map((key) => `remote.${remote}.${key}`);
  const isOther = ({ name }: Setting) => name.startsWith("remote.") && !name.startsWith(`remote.${remote}.`);
  const isPlain = settings.every((setting) => own.includes(setting.name) || isOther(setting) || isAside(setting));
  return isPlain ? { remote, url, branch } : undefined;
}

/** A setting that is there once, plainly written. */
const only = (values: readonly (string | undefined)[]): string | undefined =>
  values.length === 1 ? values[0] : undefined;

/** Whether what is gone from the remote is to go here, too. */
export const mayPrune = (settings: readonly Setting[]): boolean =>
  settings.some(({ name }) => name === "fetch.prune" || /^remote\..*\.prune$/s.test(name));
