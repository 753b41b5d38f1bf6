import { readdir } from "node:fs/promises";
import { basename, resolve } from "node:path";
import type { MeasurementContents, SourceBucket, SourceContents, SourceMeasurement, SourceQuestion } from "../../core/source-contents.js";
import { PointWriter } from "../columns/point-writer.js";
import { toTimeRange } from "../columns/time-range.js";
import { type FileEntry, toFileEntry } from "../line-protocol/file-entry.js";
import type { MeasurementInfo } from "../line-protocol/file-schema.js";
import { openFolderIndex } from "../line-protocol/folder-index.js";
import { listFiles } from "../line-protocol/list-files.js";
import type { Folder } from "../line-protocol/listing.js";
import { PointSink } from "../line-protocol/point-sink.js";
import { readFile } from "../line-protocol/read-file.js";
import type { SeriesKey } from "../line-protocol/series-key.js";
import type { Newest, Series } from "../line-protocol/series-table.js";
import type { FieldType, PointQuery } from "../point-query.js";
import { noMeasurement, toTag } from "./browse-influxql.js";
import { MOST } from "./limits.js";
import { timeText } from "./time-text.js";

/** What a folder of line protocol holds. Broken lines are left out here: a run names them. */
export async function browseFolder(folder: Folder, question: SourceQuestion, signal: AbortSignal): Promise<SourceContents> {
  const { bucket, measurement } = question;
  if (bucket === null) return { level: "buckets", buckets: await listFolders(folder.path) };
  if (measurement === null) return { level: "measurements", bucket, measurements: await listMeasurements(folder, bucket, signal) };
  return { level: "measurement", bucket, measurement, ...(await describeMeasurement(folder, bucket, measurement, signal)) };
}

/** The folders in it that hold files of points; where files lie beside them, the folder's own name stands for those. */
async function listFolders(path: string): Promise<SourceBucket[]> {
  const names = new Set(
    (await listFiles(path, "")).map(({ name }) => name.split("/")).map(([first = "", ...rest]) => (rest.length > 0 ? first : "")),
  );
  const folders = new Set((await readdir(path, { withFileTypes: true })).map(({ name }) => name));
  const own = basename(resolve(path));
  const found = [...names].flatMap((name) => (name !== "" ? [name] : folders.has(own) ? [] : [own]));
  return found.sort().map((name) => ({ name, retention: null }));
}

async function listMeasurements(folder: Folder, bucket: string, signal: AbortSignal): Promise<SourceMeasurement[]> {
  const files = await listFiles(folder.path, bucket);
  const index = await openFolderIndex(folder.cache, folder.path, bucket);
  const found = new Map<string, { readonly fields: Set<string>; readonly tags: Set<string> }>();
  const sink = openSink(bucket, null);
  for (const file of files) {
    const entry = index.get(file) ?? toFileEntry(file, await readFile(file, sink, signal));
    index.set(file, entry);
    for (const [name, held] of Object.entries(entry.measurements)) {
      const all = found.get(name) ?? { fields: new Set(), tags: new Set() };
      found.set(name, all);
      for (const field of Object.keys(held.fields)) all.fields.add(field);
      for (const tag of held.tags) all.tags.add(tag);
    }
  }
  await index.save(files.map(({ name }) => name));
  return [...found]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, { fields, tags }]) => ({ name, fields: [...fields].sort(), tags: [...tags].sort() }));
}

async function describeMeasurement(folder: Folder, bucket: string, measurement: string, signal: AbortSignal): Promise<MeasurementContents> {
  const sink = openSink(bucket, measurement);
  await sink.writer.begin();
  const held: FileEntry["measurements"][string][] = [];
  try {
    for (const file of await listFiles(folder.path, bucket)) {
      const entry = toFileEntry(file, await readFile(file, sink, signal)).measurements[measurement];
      if (entry !== undefined) held.push(entry);
    }
  } finally {
    await sink.writer.abandon();
  }
  if (held.length === 0) throw noMeasurement(bucket, measurement);
  const names = [...new Set(held.flatMap(({ fields }) => Object.keys(fields)))].sort();
  const types = (name: string) => [...new Set(held.flatMap(({ fields }) => fields[name] ?? []))] as FieldType[];
  return {
    tags: [...sink.values].sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, values]) => toTag(name, [...values])),
    fields: names.map((name) => ({ name, types: types(name) })),
    first: sink.first === null ? null : timeText(sink.first),
    last: sink.last === null ? null : timeText(sink.last),
  };
}

/** Keeps of a measurement's points their tags' values and the ends of their time. */
class BrowsingSink extends PointSink {
  readonly values = new Map<string, Set<string>>();
  /** In microseconds. */
  first: number | null = null;
  last: number | null = null;

  override series(key: Buffer, hash: number, measurement: MeasurementInfo, tags: SeriesKey["tags"]): Series {
    const series = super.series(key, hash, measurement, tags);
    for (const [name, value] of series.wanted ? tags : []) {
      const values = this.values.get(name) ?? new Set();
      this.values.set(name, values);
      if (values.size <= MOST) values.add(value);
    }
    return series;
  }

  override order(_: Newest, high: number, low: number): void {
    const micros = Math.floor(high * 4_294_967.296 + (low >>> 0) / 1000);
    this.first = Math.min(this.first ?? micros, micros);
    this.last = Math.max(this.last ?? micros, micros);
  }
}

function openSink(bucket: string, measurement: string | null): BrowsingSink {
  const nowhere = { table: "", append: async () => undefined, close: async () => undefined };
  const writer = new PointWriter(async () => nowhere, toTimeRange(null));
  const query: PointQuery = {
    kind: "points",
    bucket,
    measurement: measurement ?? "",
    fields: null,
    tags: null,
    where: new Map(),
    types: new Map(),
    aggregate: null,
    prove: "framing",
  };
  return new BrowsingSink(writer, query);
}
