// What a user would write: the official client's rows into DuckDB's row appender.
import { DuckDBInstance, DuckDBTimestampTZValue } from "@duckdb/node-api";
import { InfluxDB } from "@influxdata/influxdb-client";

const instance = await DuckDBInstance.create(":memory:");
const connection = await instance.connect();
await connection.run("CREATE TABLE points (time TIMESTAMPTZ, sensor_id VARCHAR, field VARCHAR, value DOUBLE)");
const appender = await connection.createAppender("points");
const flux = 'from(bucket: "sensors") |> range(start: 2026-01-05T00:00:00Z, stop: 2026-01-12T00:00:00Z)';
await new Promise((resolve, reject) => {
  new InfluxDB({ url: process.argv[2], token: "t", timeout: 600_000 }).getQueryApi("o").queryRows(flux, {
    next(row, meta) {
      const { _time, sensor_id, _field, _value } = meta.toObject(row);
      appender.appendTimestampTZ(new DuckDBTimestampTZValue(BigInt(Date.parse(_time)) * 1000n));
      appender.appendVarchar(sensor_id);
      appender.appendVarchar(_field);
      appender.appendDouble(_value);
      appender.endRow();
    },
    error: reject,
    complete: resolve,
  });
});
appender.closeSync();
connection.closeSync();
instance.closeSync();
