import { rm } from "node:fs/promises";
import { join } from "node:path";
import type { Finding } from "../../core/finding.js";
import type { Project } from "../../core/pipeline.js";
import type { Scrubber } from "../../core/secret-source.js";
import type { Warehouse } from "../../core/warehouse.js";
import { databaseFiles } from "../../duckdb/fence.js";
import { openClock } from "../clock.js";
import { openSecrets } from "../open-secrets.js";
import { openStore } from "../open-store.js";
import { type StoreToTry, storesToTry } from "./stores-to-try.js";
import { bad } from "./to-finding.js";
import { tryStore } from "./try-store.js";
import { tryWarehouse } from "./try-warehouse.js";

/** What is tried in a process of its own: the warehouse, the state stores. */
export type DoctorPart = "warehouse" | "state";

interface PartOptions {
  readonly offline: boolean;
  readonly now?: string | undefined;
  readonly scrubber: Scrubber;
  readonly signal: AbortSignal;
}

/** Longer than a publication usually has the warehouse; in ms. */
const LONGEST_WAIT = 2_000;

/** Tries the warehouse or the state stores. */
export async function tryPart(part: DoctorPart, project: Project, options: PartOptions): Promise<Finding[]> {
  const { path } = project.warehouse;
  try {
    return await withWarehouse(project, options.signal, async (warehouse) => {
      if (part === "warehouse") return await tryWarehouse(warehouse, path);
      const stores = storesToTry(project, options.offline);
      return (await Promise.all(stores.map((store) => openAndTry(store, project, warehouse, options)))).flat();
    });
  } catch (thrown) {
    return [bad({ about: part, name: part === "warehouse" ? path : project.state.store }, thrown)];
  }
}

async function openAndTry({ title, name }: StoreToTry, project: Project, warehouse: Warehouse, options: PartOptions): Promise<Finding[]> {
  const subject = { about: "state", name: title } as const;
  const warnings: string[] = [];
  const context = { warehouse, clock: openClock(options.now), warn: (_: string, message: string) => void warnings.push(message) };
  try {
    await using store = await openStore(project, openSecrets(project, options.scrubber), context, name);
    return [await tryStore(store, title, project.state.lockTtl, name), ...warnings.map((message) => warned(subject, message))];
  } catch (thrown) {
    return [bad(subject, thrown)];
  }
}

function warned(subject: Pick<Finding, "about" | "name">, message: string): Finding {
  return { ...subject, level: "warning", code: null, message, hint: "Each run says so too until it is settled" };
}

async function withWarehouse<Result>(
  { root, warehouse }: Project,
  signal: AbortSignal,
  work: (warehouse: Warehouse) => Promise<Result>,
): Promise<Result> {
  const [{ openWorkspace }, { openWarehouse }] = await Promise.all([
    import("../../duckdb/open-workspace.js"),
    import("../../duckdb/open-warehouse.js"),
  ]);
  const scratch = join(root, ".kpi", "tmp", `doctor-${process.pid}`);
  const workspace = await openWorkspace({ scratch, fence: { folders: [], files: databaseFiles(warehouse.path) } });
  try {
    return await work(openWarehouse({ workspace, path: warehouse.path, wait: Math.min(warehouse.wait, LONGEST_WAIT), signal }));
  } finally {
    await workspace.close();
    await rm(scratch, { recursive: true, force: true });
  }
}
