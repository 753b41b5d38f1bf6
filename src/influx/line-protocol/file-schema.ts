import type { FieldType } from "../point-query.js";

/** A field of a measurement as a file has it. */
export class FieldInfo {
  readonly name: string;
  /** The bytes that stand before its value, `=` included. */
  readonly prefix: Uint8Array;
  /** One bit for each kind of value met, in the order of `KINDS`. */
  kinds = 0;
  /** The column it goes to; -1 where its values are not wanted or there is no column yet. */
  slot = -1;
  readonly wanted: boolean;

  constructor(name: string, prefix: Uint8Array, wanted: boolean) {
    this.name = name;
    this.prefix = prefix;
    this.wanted = wanted;
  }
}

export const KINDS: readonly FieldType[] = ["DOUBLE", "BIGINT", "UBIGINT", "BOOLEAN", "VARCHAR"];
export const KIND_DOUBLE = 0;
export const KIND_INTEGER = 1;
export const KIND_UNSIGNED = 2;
export const KIND_BOOLEAN = 3;
export const KIND_TEXT = 4;

/** What a file holds of one measurement. */
export class MeasurementInfo {
  readonly name: string;
  /** Whether it is the one that is read. */
  readonly wanted: boolean;
  readonly tags = new Set<string>();
  /** By the text before `=`, as it stands in the line. */
  readonly fields = new Map<string, FieldInfo>();
  /** The fields of the line before, in their order: most lines repeat it. */
  readonly expected: (FieldInfo | undefined)[] = new Array<FieldInfo | undefined>(8).fill(undefined);

  constructor(name: string, wanted: boolean) {
    this.name = name;
    this.wanted = wanted;
  }
}
