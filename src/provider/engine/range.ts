/** A range of IPv4 addresses as a number and the length of its prefix. */
interface Range {
  readonly base: number;
  readonly bits: number;
}

/** The addresses that an engine hands out, all inside one /16. */
export interface AddressPlan {
  /** `10.213.0.0/16`. */
  readonly range: string;
  /** The default bridge's own address: `10.213.0.1/24`. */
  readonly bridge: string;
  /** Where networks are cut from, a /24 each: `10.213.128.0/17`. */
  readonly pool: string;
}

/**
 * The /16 ranges to choose from. The first ones are in the middle of 10/8, far from Docker's own defaults (172.17 to
 * 172.31, 192.168) and from the low numbers that offices and clusters use; then Docker's upper ones, then the two that
 * are set aside for measuring networks (RFC 2544), for a laptop whose VPN takes all of 10/8 and 172.16/12.
 */
const CHOICES: readonly string[] = [
  ...Array.from({ length: 30 }, (_, at) => `10.${213 + at}.0.0/16`),
  ...Array.from({ length: 8 }, (_, at) => `172.${31 - at}.0.0/16`),
  "198.18.0.0/16",
  "198.19.0.0/16",
];

/**
 * The first range that touches nothing in use, the remembered one first.
 * @param taken CIDR ranges and single addresses that this machine has routes to
 * @returns undefined when every choice is taken
 */
export function chooseAddresses(taken: readonly string[], remembered?: string): AddressPlan | undefined {
  const ranges = taken.map(parseRange).filter((range) => range !== undefined);
  const choices = remembered === undefined ? CHOICES : [remembered, ...CHOICES];
  const free = choices.find((choice) => {
    const range = parseRange(choice);
    return range !== undefined && !ranges.some((other) => overlap(range, other));
  });
  return free === undefined ? undefined : planOf(free);
}

/** How the /16 of an address is divided. */
export function planOf(address: string): AddressPlan {
  const [first, second] = address.split(".");
  const prefix = `${first}.${second}`;
  return { range: `${prefix}.0.0/16`, bridge: `${prefix}.0.1/24`, pool: `${prefix}.128.0/17` };
}

/** Whether an address (or a range) lies in, or overlaps, a range. */
export function overlaps(one: string, other: string): boolean {
  const [a, b] = [parseRange(one), parseRange(other)];
  return a !== undefined && b !== undefined && overlap(a, b);
}

/** `10.1.0.0/16`, or an address alone; undefined for what is neither (`default`, IPv6). */
function parseRange(text: string): Range | undefined {
  const match = /^(\d+)\.(\d+)\.(\d+)\.(\d+)(?:\/(\d+))?$/.exec(text);
  if (!match) return undefined;
  const [a, b, c, d] = match.slice(1, 5).map(Number) as [number, number, number, number];
  return { base: a * 2 ** 24 + b * 2 ** 16 + c * 2 ** 8 + d, bits: Number(match[5] ?? 32) };
}

function overlap(a: Range, b: Range): boolean {
  const size = 2 ** (32 - Math.min(a.bits, b.bits));
  return Math.floor(a.base / size) === Math.floor(b.base / size);
}
