import { existsSync, statSync } from "node:fs";
import { mkdtemp, rmdir, statfs } from "node:fs/promises";
import { dirname, join } from "node:path";
import { KpiError } from "../../core/errors.js";
import type { Finding } from "../../core/finding.js";
import { qualify } from "../../core/sql.js";
import type { OpenWarehouse, Warehouse } from "../../core/warehouse.js";
import { hasLedger } from "../../pipelines/ledger-schema.js";
import { bad, doubtful, good } from "./to-finding.js";

/** In bytes; less is soon gone. */
const LITTLE_SPACE = 1 << 30;

/** Whether the warehouse opens, can be written, and has room to grow. Nothing is left in it, and none is made where there is none. */
export async function tryWarehouse(warehouse: Warehouse, path: string): Promise<Finding[]> {
  const subject = { about: "warehouse", name: path } as const;
  const folder = nearestFolder(dirname(path));
  try {
    await tryFolder(folder);
    return [
      good(subject, existsSync(path) ? await tryWriting(warehouse) : "is not there yet: the first run makes it"),
      ...(await checkSpace(subject, folder)),
    ];
  } catch (thrown) {
    return [bad(subject, thrown)];
  }
}

class Undone extends Error {}

async function tryWriting(warehouse: Warehouse): Promise<string> {
  let ledger = false;
  const work = async (open: OpenWarehouse) => {
    ledger = await hasLedger(open);
    await open.db.run(`CREATE TABLE ${qualify(open.catalog, "main", `kpi_doctor_${process.pid}`)} (tried INTEGER)`);
    throw new Undone();
  };
  await warehouse.publish(work).catch((thrown: unknown) => {
    if (!(thrown instanceof Undone)) throw thrown;
  });
  return ledger ? "opens and can be written" : "opens and can be written; nothing was published to it yet";
}

/** Where nothing can be made, DuckDB's log cannot be made either. */
async function tryFolder(folder: string): Promise<void> {
  try {
    await rmdir(await mkdtemp(join(folder, ".kpi-doctor-")));
  } catch (thrown) {
    const { code, message } = thrown as NodeJS.ErrnoException;
    throw new KpiError("CANNOT_WRITE", `Cannot write into the folder "${folder}": ${code ?? message}`, {
      cause: thrown,
      hint: "Give the user that runs kpi the right to write there, or move warehouse.path",
    });
  }
}

async function checkSpace(subject: Pick<Finding, "about" | "name">, folder: string): Promise<Finding[]> {
  const { bavail, bsize } = await statfs(folder);
  const free = bavail * bsize;
  const text = `${(free / (1 << 30)).toFixed(1)} GiB free on its disk`;
  return [
    free < LITTLE_SPACE ? doubtful(subject, text, "Make room: a run that fills the disk stops with CANNOT_WRITE") : good(subject, text),
  ];
}

function nearestFolder(folder: string): string {
  if (existsSync(folder) && statSync(folder).isDirectory()) return folder;
  const parent = dirname(folder);
  return parent === folder ? folder : nearestFolder(parent);
}
