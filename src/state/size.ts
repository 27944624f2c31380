const UNITS = ["bytes", "kB", "MB", "GB", "TB"] as const;

/** A number of bytes for people, in powers of 1000 as download tools count: `512 bytes`, `4.5 MB`, `20 MB`. */
export function size(bytes: number): string {
  let [value, unit] = [bytes, 0];
  while (rounded(value) >= 1000 && unit < UNITS.length - 1) {
    value /= 1000;
    unit += 1;
  }
  return `${unit === 0 ? Math.round(value) : rounded(value)} ${UNITS[unit]}`;
}

const rounded = (value: number): number => (value < 10 ? Math.round(value * 10) / 10 : Math.round(value));
