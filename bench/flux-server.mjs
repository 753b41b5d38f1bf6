// Serves one hour of the sample as a server's Flux reply would look, for clients that are measured against kpi.
import { createServer } from "node:http";

const HEAD =
  "#datatype,string,long,dateTime:RFC3339,dateTime:RFC3339,dateTime:RFC3339,double,string,string,string\r\n#group,false,false,true,true,false,false,true,true,true\r\n#default,_result,,,,,,,,\r\n,result,table,_start,_stop,_time,_value,_field,_measurement,sensor_id\r\n";

/** @param points {{ sensor: string, time: string, fields: Record<string, number> }[]} */
export function fluxReply(points, start, stop) {
  const series = new Map();
  for (const { sensor, time, fields } of points) {
    for (const [field, value] of Object.entries(fields)) {
      const key = `${sensor} ${field}`;
      series.set(key, [...(series.get(key) ?? []), { time, value, field, sensor }]);
    }
  }
  const tables = [...series.keys()].sort().map((key, table) =>
    series
      .get(key)
      .map(({ time, value, field, sensor }) => `,,${table},${start},${stop},${time},${value},${field},airSensors,${sensor}\r\n`)
      .join(""),
  );
  return `${HEAD}${tables.join("")}\r\n`;
}

export async function serveReply(body) {
  const server = createServer((request, response) => {
    request.resume();
    request.on("end", () => {
      response.writeHead(200, { "content-type": "text/csv; charset=utf-8" });
      response.end(body);
    });
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  return { url: `http://127.0.0.1:${server.address().port}`, close: () => server.close() };
}
