/** A configuration whose hours are asked of a server one by one, each as slow as that is. */
export function slowConfig(url: string): string {
  return `warehouse: { path: data/kpi.duckdb }
connections: { source: { type: http, url: "${url}" } }
pipelines:
  slow:
    every: 1h
    batch: 1
    steps:
      rows: { extract: http, connection: source, path: "/$window_start", columns: { n: INTEGER } }
      publish: { load: duckdb, from: rows, table: slow }
`;
}
