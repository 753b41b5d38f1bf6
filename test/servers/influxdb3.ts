import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";

/** A double of InfluxDB 3, whose SQL a real DataFusion runs; its token is `secret`. */
export interface Influxdb3 extends AsyncDisposable {
  readonly url: string;
  /** Writes line protocol, times in nanoseconds. */
  write(database: string, lines: string): Promise<void>;
}

/** A Python that has `datafusion`: `KPI_PYTHON`, else `python3`; null where there is none. With KPI_REQUIRE_SERVERS=1 that is an error. */
export function findDatafusion(): string | null {
  const python = process.env.KPI_PYTHON ?? "python3";
  try {
    execFileSync(python, ["-c", "import datafusion"], { stdio: "ignore" });
    return python;
  } catch {
    if (process.env.KPI_REQUIRE_SERVERS === "1")
      throw new Error("datafusion is not installed: pip install datafusion, and name its python in KPI_PYTHON");
    console.warn("skipped: datafusion is not installed (pip install datafusion; KPI_PYTHON names its python)");
    return null;
  }
}

/** Starts the double. */
export async function startInfluxdb3(python: string): Promise<Influxdb3> {
  const script = fileURLToPath(new URL("../doubles/influxdb3.py", import.meta.url));
  const child = spawn(python, [script], { stdio: ["ignore", "pipe", "inherit"] });
  const [port] = (await once(child.stdout, "data")) as [Buffer];
  const url = `http://127.0.0.1:${port.toString().trim()}`;
  return {
    url,
    write: async (database, lines) => {
      const reply = await fetch(`${url}/api/v3/write_lp?${new URLSearchParams({ db: database })}`, { method: "POST", body: lines });
      if (!reply.ok) throw new Error(`${reply.status} ${await reply.text()}`);
    },
    [Symbol.asyncDispose]: async () => {
      child.kill();
      if (child.exitCode === null && child.signalCode === null) await once(child, "exit");
    },
  };
}
