// Loaded into a process before its own code (`node --import`): when it ends it writes the most memory it has held, in MB, into the file KPI_BENCH_MEMORY.
import { writeFileSync } from "node:fs";

process.on("exit", () => writeFileSync(process.env.KPI_BENCH_MEMORY, String(process.resourceUsage().maxRSS / 1024)));
