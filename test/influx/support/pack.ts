/** A value as msgpack, written as InfluxDB writes it: floats always in 64 bits, integers as short as they go. */
export function pack(value: unknown): Buffer {
  if (value === null) return Buffer.from([0xc0]);
  if (typeof value === "boolean") return Buffer.from([value ? 0xc3 : 0xc2]);
  if (typeof value === "bigint") return packInteger(value);
  if (typeof value === "number") return packDouble(value);
  if (typeof value === "string") return packText(value);
  if (Array.isArray(value)) return Buffer.concat([Buffer.from([0xdc, value.length >> 8, value.length & 255]), ...value.map(pack)]);
  const entries = Object.entries(value as object).filter(([, item]) => item !== undefined);
  return Buffer.concat([Buffer.from([0x80 | entries.length]), ...entries.flatMap(([key, item]) => [pack(key), pack(item)])]);
}

function packInteger(value: bigint): Buffer {
  if (value >= 0n && value < 128n) return Buffer.from([Number(value)]);
  const bytes = Buffer.alloc(9, value >= 2n ** 63n ? 0xcf : 0xd3);
  bytes.writeBigUInt64BE(BigInt.asUintN(64, value), 1);
  return bytes;
}

function packDouble(value: number): Buffer {
  const bytes = Buffer.alloc(9, 0xcb);
  bytes.writeDoubleBE(value, 1);
  return bytes;
}

function packText(value: string): Buffer {
  const bytes = Buffer.from(value);
  const head = bytes.length < 32 ? [0xa0 | bytes.length] : [0xda, bytes.length >> 8, bytes.length & 255];
  return Buffer.concat([Buffer.from(head), bytes]);
}
