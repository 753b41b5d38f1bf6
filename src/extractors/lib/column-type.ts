import { z } from "zod";

const NAMES =
  "BOOLEAN|TINYINT|SMALLINT|INTEGER|BIGINT|HUGEINT|UTINYINT|USMALLINT|UINTEGER|UBIGINT|FLOAT|DOUBLE|VARCHAR|DATE|TIME|TIMESTAMP|TIMESTAMPTZ|JSON";
const TYPE = new RegExp(`^(?:${NAMES}|DECIMAL\\(\\d{1,2}, ?\\d{1,2}\\))$`, "i");

/** A type of DuckDB's that values of a file or reply can be read as. It goes into SQL as it is. */
export const columnType = z.string().regex(TYPE, `write one of ${NAMES.replaceAll("|", ", ")}, DECIMAL(p,s)`);

/** By name of the column: its type. */
export const columnTypes = z.record(z.string().min(1), columnType);
