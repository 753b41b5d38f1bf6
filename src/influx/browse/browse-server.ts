import { KpiError } from "../../core/errors.js";
import type { SourceContents, SourceQuestion } from "../../core/source-contents.js";
import { toDatabase } from "../influxql/query-json.js";
import { isMappedElsewhere } from "../server/mapped-elsewhere.js";
import { opensApi } from "../server/opens-api.js";
import type { ServerOptions } from "../server/server-options.js";
import { describeMeasurementByFlux, listMeasurementsByFlux } from "./browse-flux.js";
import { describeMeasurement, listDatabases, listMeasurements } from "./browse-influxql.js";
import { listBuckets } from "./list-buckets.js";

/** What a server of the given version holds: by SQL in version 3, else by InfluxQL, and by Flux where a server of version 2 does not let us use that. */
export async function browseServer(
  options: ServerOptions,
  major: number,
  question: SourceQuestion,
  signal: AbortSignal,
): Promise<SourceContents> {
  if (major === 3) return (await import("./browse-sql.js")).browseSql(options, question, signal);
  const { bucket, measurement } = question;
  const hasFlux = major === 2 && opensApi(options);
  if (bucket === null) return { level: "buckets", buckets: await (hasFlux ? listBuckets : listDatabases)(options, signal) };
  const database = toDatabase(bucket);
  const byFlux = hasFlux && (await isMappedElsewhere(options, bucket, signal));
  if (measurement === null) {
    const measurements = await either(
      { hasFlux, byFlux },
      () => listMeasurements(options, database, signal),
      () => listMeasurementsByFlux(options, bucket, signal),
    );
    return { level: "measurements", bucket, measurements };
  }
  const contents = await either(
    { hasFlux, byFlux },
    () => describeMeasurement(options, database, measurement, signal),
    () => describeMeasurementByFlux(options, { bucket, measurement }, signal),
  );
  return { level: "measurement", bucket, measurement, ...contents };
}

async function either<Result>(
  { hasFlux, byFlux }: { readonly hasFlux: boolean; readonly byFlux: boolean },
  influxql: () => Promise<Result>,
  flux: () => Promise<Result>,
): Promise<Result> {
  if (byFlux) return flux();
  try {
    return await influxql();
  } catch (thrown) {
    const closed = thrown instanceof KpiError && (thrown.code === "SOURCE_NOT_FOUND" || thrown.code === "CREDENTIALS_REFUSED");
    if (!hasFlux || !closed) throw thrown;
    return flux();
  }
}
