import { crc32, deflateRawSync } from "node:zlib";

/**
 * A zip as actions/upload-artifact writes it: as a stream, so that sizes and checksum follow each file in a data
 * descriptor (bit 3, APPNOTE 4.4.4), and every file is 0644, whatever it was.
 */
export function uploadedZip(files: Readonly<Record<string, string | Buffer>>): Buffer {
  const entries = Object.entries(files).map(([name, content]) => entryOf(Buffer.from(name), Buffer.from(content)));
  const offsets: number[] = [];
  let at = 0;
  for (const { local } of entries) {
    offsets.push(at);
    at += local.length;
  }
  const central = Buffer.concat(entries.map(({ facts, name }, index) => centralOf(facts, name, offsets[index] ?? 0)));
  return Buffer.concat([...entries.map(({ local }) => local), central, endOf(entries.length, central.length, at)]);
}

const DEFLATED = 8;
const SIZES_FOLLOW = 1 << 3;
const UNIX_0644 = 0o100644 * 2 ** 16;

function entryOf(name: Buffer, content: Buffer) {
  const packed = deflateRawSync(content);
  const facts = numbers([crc32(content), 4], [packed.length, 4], [content.length, 4]);
  const head = numbers([0x04034b50, 4], [20, 2], [SIZES_FOLLOW, 2], [DEFLATED, 2], [0, 4], [0, 4], [0, 4], [0, 4]);
  const lengths = numbers([name.length, 2], [0, 2]);
  const local = Buffer.concat([head, lengths, name, packed, numbers([0x08074b50, 4]), facts]);
  return { name, facts, local };
}

function centralOf(facts: Buffer, name: Buffer, offset: number): Buffer {
  const madeByUnix = (3 << 8) | 45;
  const head = numbers([0x02014b50, 4], [madeByUnix, 2], [20, 2], [SIZES_FOLLOW, 2], [DEFLATED, 2], [0, 4]);
  const rest = numbers([name.length, 2], [0, 2], [0, 2], [0, 2], [0, 2], [UNIX_0644, 4], [offset, 4]);
  return Buffer.concat([head, facts, rest, name]);
}

const endOf = (count: number, size: number, offset: number): Buffer =>
  numbers([0x06054b50, 4], [0, 2], [0, 2], [count, 2], [count, 2], [size, 4], [offset, 4], [0, 2]);

/** Little-endian numbers of so many bytes each. */
function numbers(...values: readonly (readonly [value: number, bytes: 2 | 4])[]): Buffer {
  return Buffer.concat(
    values.map(([value, bytes]) => {
      const buffer = Buffer.alloc(bytes);
      buffer.writeUIntLE(value, 0, bytes);
      return buffer;
    }),
  );
}
