/** A stretch of the build: how the line that opens it begins, its share of the time, and the lines that it has. */
interface Stretch {
  readonly opens: RegExp;
  readonly note: string;
  /** Where it ends, in percent of the whole. */
  readonly until: number;
  /** Of its lines, one that counts; and how many there will be, as far as is known. */
  readonly counts?: RegExp;
  readonly expected?: number;
}

/** By mmdebstrap's own words (`--verbose`), and what it took each time of one build: 75 s on two cores. */
const STRETCHES: readonly Stretch[] = [
  { opens: /^I: running apt-get update/, note: "reading Debian's lists", until: 6 },
  { opens: /^I: downloading packages/, note: "downloading packages", until: 10, counts: /^Get:/, expected: 70 },
  { opens: /^I: extracting archives/, note: "unpacking the base system", until: 14 },
  {
    opens: /^I: installing essential/,
    note: "installing the base system",
    until: 35,
    counts: /^(?:Unpacking|Setting up) /,
    expected: 140,
  },
  {
    opens: /^I: installing remaining/,
    note: "installing the kernel and Docker",
    until: 82,
    counts: /^(?:Get:|Unpacking |Setting up )/,
    expected: 290,
  },
  { opens: /^I: running --customize-hook/, note: "setting it up", until: 88 },
  { opens: /^I: creating tarball/, note: "packing it", until: 92 },
];

/** How far a build is: from 0 to 1, and what it is at. */
export interface BuildPart {
  readonly part: number;
  readonly detail: string;
}

/** Gives a function that takes each line of mmdebstrap's and says how far the build is, where the percentage has moved. */
export function buildProgress(): (line: string) => BuildPart | undefined {
  let [at, counted, told] = [-1, 0, -1];
  return (line) => {
    const opened = STRETCHES.findIndex(({ opens }) => opens.test(line));
    if (opened > at) [at, counted] = [opened, 0];
    const stretch = STRETCHES[at];
    if (stretch === undefined) return undefined;
    if (stretch.counts?.test(line)) counted++;
    const from = STRETCHES[at - 1]?.until ?? 0;
    const share = Math.min(1, counted / (stretch.expected ?? Number.POSITIVE_INFINITY));
    const percent = Math.floor(from + share * (stretch.until - from));
    if (percent <= told && opened < 0) return undefined;
    told = percent;
    return { part: percent / 100, detail: stretch.note };
  };
}
