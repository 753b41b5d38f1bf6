"""The users' way until now: official client, pandas, DuckDB. Reads the Flux reply of one hour from a server and writes the table."""
import sys

import duckdb
from influxdb_client import InfluxDBClient

url, database = sys.argv[1:]
query = 'from(bucket:"sensors") |> range(start:2026-01-01T00:00:00Z, stop:2026-01-01T01:00:00Z) |> filter(fn:(r) => r._measurement == "airSensors")'
with InfluxDBClient(url=url, token="t", org="o") as client:
    frame = client.query_api().query_data_frame(query)
frame = frame.pivot_table(index=["_time", "sensor_id"], columns="_field", values="_value").reset_index()
frame = frame[frame["co"].notna() & (frame["co"] >= 0)]
frame["window_start"] = frame["_time"].dt.floor("h")
kpis = frame.groupby(["window_start", "sensor_id"])["co"].agg(co_mean="mean", co_max="max", samples="count").reset_index()
with duckdb.connect(database) as connection:
    connection.execute("CREATE TABLE IF NOT EXISTS kpi_horario AS SELECT * FROM kpis WHERE false")
    connection.execute("DELETE FROM kpi_horario WHERE window_start IN (SELECT DISTINCT window_start FROM kpis)")
    connection.execute("INSERT INTO kpi_horario SELECT * FROM kpis")
