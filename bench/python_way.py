"""The users' way until now, for one hour: config.yaml and .env, a cursor in a JSON file, the official client, pandas, DuckDB."""
import json
import os
import sys
from datetime import datetime, timedelta, timezone
from pathlib import Path

import duckdb
import yaml
from dotenv import load_dotenv
from influxdb_client import InfluxDBClient

project = Path(sys.argv[1])
load_dotenv(project / ".env")
settings = yaml.safe_load((project / "config.yaml").read_text())
source, cursor = settings["influx"], project / "state.json"
start = datetime.fromisoformat(json.loads(cursor.read_text())["last_processed_hour"]) + timedelta(hours=1)
stop = start + timedelta(hours=1)
query = f"""from(bucket: "{source['bucket']}") |> range(start: {start:%Y-%m-%dT%H:%M:%SZ}, stop: {stop:%Y-%m-%dT%H:%M:%SZ})
  |> filter(fn: (r) => r._measurement == "{source['measurement']}")"""
with InfluxDBClient(url=source["url"], token=os.environ["INFLUX_TOKEN"], org=source["org"]) as client:
    frame = client.query_api().query_data_frame(query)
frame = frame.pivot_table(index=["_time", "sensor_id"], columns="_field", values="_value").reset_index()
frame = frame[frame["co"].notna() & (frame["co"] >= 0)]
frame["window_start"] = frame["_time"].dt.floor("h")
kpis = frame.groupby(["window_start", "sensor_id"])["co"].agg(co_mean="mean", co_max="max", samples="count").reset_index()
with duckdb.connect(str(project / settings["warehouse"])) as connection:
    connection.execute("CREATE TABLE IF NOT EXISTS kpi_horario AS SELECT * FROM kpis WHERE false")
    connection.execute("DELETE FROM kpi_horario WHERE window_start = ?", [start])
    connection.execute("INSERT INTO kpi_horario SELECT * FROM kpis")
cursor.write_text(json.dumps({"last_processed_hour": start.astimezone(timezone.utc).isoformat()}))
