const COMMA = 0x2c;
const QUOTE = 0x22;
const RETURN = 0x0d;
const NEWLINE = 0x0a;

/** Where the cells of one record of CSV lie. */
export class CsvRecord {
  readonly from: number[] = [];
  readonly to: number[] = [];
  /** Whether a cell holds doubled quotes or line ends that must be undone. */
  readonly raw: boolean[] = [];
  cells = 0;
  /** Where the record begins, and where the next one does. */
  start = 0;
  end = 0;

  /** Finds the cells of the record that begins at `start`; returns where the next begins, or -1 where the bytes end before that. */
  scan(bytes: Uint8Array, start: number, end: number): number {
    this.start = start;
    this.end = this.#scanCells(bytes, start, end);
    return this.end;
  }

  #scanCells(bytes: Uint8Array, start: number, end: number): number {
    let at = start;
    this.cells = 0;
    for (;;) {
      at = bytes[at] === QUOTE ? this.#quoted(bytes, at, end) : this.#plain(bytes, at, end);
      if (at < 0 || at >= end) return -1;
      if (bytes[at] === COMMA) {
        at++;
        continue;
      }
      if (bytes[at] === NEWLINE) return at + 1;
      if (bytes[at] !== RETURN || (at + 1 < end && bytes[at + 1] !== NEWLINE))
        throw new RangeError("a cell is followed by neither comma nor line end");
      return at + 1 < end ? at + 2 : -1;
    }
  }

  /** The text of a cell. */
  text(bytes: Buffer, cell: number): string {
    const text = bytes.toString("utf8", this.from[cell], this.to[cell]);
    // the server wrote every line feed in a text as carriage return and line feed
    return this.raw[cell] === true ? text.replaceAll('""', '"').replaceAll("\r\n", "\n") : text;
  }

  isEmpty(cell: number): boolean {
    return this.from[cell] === this.to[cell];
  }

  #plain(bytes: Uint8Array, from: number, end: number): number {
    let at = from;
    while (at < end && bytes[at] !== COMMA && bytes[at] !== NEWLINE && bytes[at] !== RETURN) at++;
    this.#add(from, at, false);
    return at;
  }

  #quoted(bytes: Uint8Array, from: number, end: number): number {
    let raw = false;
    for (let at = from + 1; at < end; at++) {
      if (bytes[at] === NEWLINE) raw = true;
      if (bytes[at] !== QUOTE) continue;
      if (bytes[at + 1] !== QUOTE || at + 1 >= end) {
        this.#add(from + 1, at, raw);
        return at + 1;
      }
      raw = true;
      at++;
    }
    return -1;
  }

  #add(from: number, to: number, raw: boolean): void {
    this.from[this.cells] = from;
    this.to[this.cells] = to;
    this.raw[this.cells] = raw;
    this.cells++;
  }
}
