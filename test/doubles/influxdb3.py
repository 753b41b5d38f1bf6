"""A double of InfluxDB 3: takes line protocol, and runs SQL by DataFusion, the engine that InfluxDB 3 is built on."""

import io
import json
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlparse

import pyarrow as pa
import pyarrow.parquet as parquet
from datafusion import SessionConfig, SessionContext

databases = {}


def value(text):
    if text in ("true", "false"):
        return pa.bool_(), text == "true"
    if text.endswith("i"):
        return pa.int64(), int(text[:-1])
    if text.endswith("u"):
        return pa.uint64(), int(text[:-1])
    return pa.float64(), float(text)


class Lines:
    """Takes line protocol apart."""

    def __init__(self, text):
        self.text, self.at = text, 0

    def peek(self):
        return self.text[self.at : self.at + 1]

    def name(self, marks):
        """Up to the first of some marks that is not escaped."""
        found = ""
        while self.peek() and self.peek() not in marks:
            if self.peek() == "\\" and self.text[self.at + 1 : self.at + 2] in (",", "=", " "):
                self.at += 1
            found += self.peek()
            self.at += 1
        return found

    def quoted(self):
        found = ""
        self.at += 1
        while self.peek() != '"':
            if self.peek() == "\\" and self.text[self.at + 1 : self.at + 2] in ('"', "\\"):
                self.at += 1
            found += self.peek()
            self.at += 1
        self.at += 1
        return pa.string(), found

    def pair(self, read):
        self.at += 1
        key = self.name("=")
        self.at += 1
        return key, read()

    def __iter__(self):
        while self.peek():
            if self.peek() == "\n":
                self.at += 1
                continue
            measurement, tags, fields = self.name(", "), {}, {}
            while self.peek() == ",":
                key, held = self.pair(lambda: self.name(", "))
                tags[key] = held
            while not fields or self.peek() == ",":
                key, held = self.pair(lambda: self.quoted() if self.peek() == '"' else value(self.name(", \n")))
                # in a field's name a quote may be escaped too
                fields[key.replace('\\"', '"')] = held
            self.at += 1
            yield measurement, tags, fields, int(self.name("\n"))


class Table:
    def __init__(self):
        self.tags, self.types, self.points = {}, {}, {}

    def add(self, tags, fields, time):
        self.tags.update(tags)
        point = self.points.setdefault((time, tuple(sorted(tags.items()))), {})
        for field, (kind, held) in fields.items():
            self.types.setdefault(field, kind)
            point[field] = held

    def batch(self):
        keys, rows = list(self.points), list(self.points.values())
        columns = {"time": pa.array([time for time, _ in keys], pa.timestamp("ns"))}
        for tag in self.tags:
            columns[tag] = pa.array([dict(tags).get(tag) for _, tags in keys], pa.string()).dictionary_encode()
        for field, kind in self.types.items():
            columns[field] = pa.array([row.get(field) for row in rows], kind)
        return pa.RecordBatch.from_pydict(columns)


def write(database, text):
    tables = databases.setdefault(database, {})
    for measurement, tags, fields, time in Lines(text):
        tables.setdefault(measurement, Table()).add(tags, fields, time)


def query(database, sql, form):
    context = SessionContext(SessionConfig().with_information_schema(True).with_default_catalog_and_schema("public", "iox"))
    for measurement, table in databases[database].items():
        context.register_record_batches('"' + measurement.replace('"', '""') + '"', [[table.batch()]])
    batches = [batch for batch in context.sql(sql).collect() if batch.num_rows > 0]
    if form == "parquet":
        body = io.BytesIO()
        if batches:
            parquet.write_table(pa.Table.from_batches(batches), body)
        return body.getvalue()
    rows = [row for batch in batches for row in batch.to_pylist()]
    if form == "json":
        return json.dumps(rows, default=str)
    return "".join(json.dumps({k: v for k, v in row.items() if v is not None}, ensure_ascii=False, separators=(",", ":")) + "\n" for row in rows)


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def answer(self, status, kind, text):
        body = text if isinstance(text, bytes) else text.encode()
        self.send_response(status)
        if status != 401:
            self.send_header("x-influxdb-version", "3.10.1")
        self.send_header("content-type", kind)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self):
        if self.headers["authorization"] != "Bearer secret":
            return self.answer(401, "application/json", '{"error":"unauthorized"}')
        self.answer(200, "application/json", json.dumps([{"iox::database": database} for database in databases]))

    def do_POST(self):
        body = self.rfile.read(int(self.headers["content-length"])).decode()
        url = urlparse(self.path)
        try:
            if url.path == "/api/v3/write_lp":
                write(parse_qs(url.query)["db"][0], body)
                self.answer(204, "text/plain", "")
            elif self.headers["authorization"] != "Bearer secret":
                self.answer(401, "application/json", '{"error":"unauthorized"}')
            else:
                asked = json.loads(body)
                kind = {"jsonl": "application/jsonl", "json": "application/json", "parquet": "application/vnd.apache.parquet"}[asked["format"]]
                if asked["db"] not in databases:
                    self.answer(404, "application/json", '{"error":"database not found"}')
                else:
                    self.answer(200, kind, query(asked["db"], asked["q"], asked["format"]))
        except Exception as error:
            self.answer(400, "application/json", json.dumps({"error": str(error)}))


server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
print(server.server_port, flush=True)
server.serve_forever()
