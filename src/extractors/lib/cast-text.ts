/** SQL that reads text as a type. A cast to TIMESTAMP would drop the text's offset: here it counts, and the TIMESTAMP is UTC. */
export function castText(sql: string, type: string): string {
  return type.toUpperCase() === "TIMESTAMP" ? `CAST(${sql} AS TIMESTAMPTZ) AT TIME ZONE 'UTC'` : `CAST(${sql} AS ${type})`;
}
