/** The types that a field's values can have in Flux. */
export type FluxType = "double" | "long" | "unsignedLong" | "boolean" | "string";

export type FluxScalar = number | bigint | boolean | string;

/** The values of one field in one series, in order of time. */
export interface Series {
  readonly measurement: string;
  readonly field: string;
  /** In order of name. */
  readonly tags: readonly (readonly [name: string, value: string])[];
  readonly type: FluxType;
  readonly values: readonly (readonly [time: bigint, value: FluxScalar])[];
}

/** A value as it was written. */
export interface WrittenValue extends Omit<Series, "values"> {
  readonly time: bigint;
  readonly value: FluxScalar;
}

/** InfluxDB counts shards from the start of the year 1, a Monday. */
const FIRST_SHARD = 62_135_596_800_000_000_000n;

/** What a bucket holds, in shards, in each of which a field has one type. */
export class StoredValues {
  /** How long a shard is, in nanoseconds. */
  readonly shard = 7n * 86_400_000_000_000n;
  readonly #values = new Map<string, WrittenValue>();

  /** Writes values; the last one of a field, a series and a moment stays. */
  write(values: Iterable<WrittenValue>): void {
    for (const value of values)
      this.#values.set(JSON.stringify([value.measurement, value.tags, value.field, String(value.time)]), {
        ...value,
        tags: [...value.tags].sort(([a], [b]) => (a < b ? -1 : 1)),
      });
  }

  /**
   * Series by series, what lies in [start, stop). As the real server does: of a field that changes its type on the way only the values are there that
   * have the type of the first shard in which any series has the field.
   */
  select(start: bigint, stop: bigint, holds: (value: WrittenValue) => boolean): Series[] {
    const within = [...this.#values.values()]
      .filter((value) => value.time >= start && value.time < stop && holds(value))
      .sort((a, b) => (a.time < b.time ? -1 : a.time > b.time ? 1 : 0));
    const types = new Map<string, FluxType>();
    const found = new Map<string, Series & { readonly values: [bigint, FluxScalar][] }>();
    for (const { measurement, field, tags, type, time, value } of within) {
      const key = JSON.stringify([measurement, field]);
      if (!types.has(key)) types.set(key, type);
      if (types.get(key) !== type) continue;
      const series = JSON.stringify([measurement, tags, field]);
      if (!found.has(series)) found.set(series, { measurement, field, tags, type, values: [] });
      found.get(series)?.values.push([time, value]);
    }
    return [...found.values()];
  }

  all(): WrittenValue[] {
    return [...this.#values.values()];
  }

  /** The first value that a shard refuses, for there the field has another type. */
  conflict(values: readonly WrittenValue[]): WrittenValue | undefined {
    const shardOf = ({ measurement, field, time }: WrittenValue) =>
      JSON.stringify([measurement, field, String((time + FIRST_SHARD) / this.shard)]);
    const types = new Map<string, FluxType>();
    return [...this.all(), ...values].find((value) => {
      const known = types.get(shardOf(value));
      types.set(shardOf(value), known ?? value.type);
      return known !== undefined && known !== value.type;
    });
  }
}
