export interface ElfShape {
  /** e_machine. */
  readonly machine: number;
  readonly wide?: boolean;
  readonly little?: boolean;
  /** e_ident[EI_OSABI]. */
  readonly system?: number;
  readonly interpreter?: string;
}

/** The headers of an ELF program, as a linker would write them: one PT_LOAD, and PT_INTERP when it is dynamic. */
export function elfOf({ machine, wide = true, little = true, system = 0, interpreter }: ElfShape): Buffer {
  const bytes = Buffer.alloc(512);
  const u16 = (value: number, at: number) => (little ? bytes.writeUInt16LE(value, at) : bytes.writeUInt16BE(value, at));
  const u32 = (value: number, at: number) => (little ? bytes.writeUInt32LE(value, at) : bytes.writeUInt32BE(value, at));
  const word = (value: number, at: number) => {
    if (!wide) u32(value, at);
    else if (little) bytes.writeBigUInt64LE(BigInt(value), at);
    else bytes.writeBigUInt64BE(BigInt(value), at);
  };
  bytes.write("\x7fELF", 0, "latin1");
  bytes.set([wide ? 2 : 1, little ? 1 : 2, 1, system], 4);
  u16(machine, 18);
  const [table, entry] = wide ? [64, 56] : [52, 32];
  word(table, wide ? 32 : 28);
  u16(entry, wide ? 54 : 42);
  u16(interpreter === undefined ? 1 : 2, wide ? 56 : 44);
  u32(1, table);
  if (interpreter !== undefined) {
    const at = table + entry;
    u32(3, at);
    word(400, at + (wide ? 8 : 4));
    word(interpreter.length + 1, at + (wide ? 32 : 16));
    bytes.write(`${interpreter}\0`, 400);
  }
  return bytes;
}
