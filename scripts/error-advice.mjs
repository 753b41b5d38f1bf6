// What a reader can do about each error: the hand-written half of docs/errors.md. The other half is src/core/errors.ts.
export const ADVICE = {
  USAGE: "`kpi help` and `kpi COMMAND --help` show what there is, with examples. Nothing was read or changed.",
  UNKNOWN_PIPELINE: "The hint names the pipelines that are configured, the nearest first. `kpi validate` lists them all.",
  CONFIG_NOT_FOUND:
    "`kpi` looks at `--config`, then `KPI_CONFIG`, then `config/config.yaml` and `config.yaml` of the working directory. Under cron that is rarely your project: give `--config` an absolute path.",
  CONFIG_INVALID:
    "Each mistake stands in the message with its place and what would be right. `kpi validate` shows the same without running anything.",
  GRID_CHANGED:
    "Windows that are loaded cannot be cut anew. Put the old `every` and `timezone` back, or give the changed pipeline another name and another table.",
  TABLE_OWNED:
    "A table has one owner: the first step that published to it. Give the second one a table of its own; a view can join the two.",
  STATE_AHEAD:
    "The warehouse's file or a table was deleted or exchanged, or the state comes from elsewhere. The hint has two ways out, to be used word for word: rebuild everything, or, where the hours were done by another tool, adopt them. `kpi` never chooses by itself.",
  LEDGER_TOO_NEW: "Somebody runs a newer `kpi` on this warehouse. Upgrade this one; going back is not supported.",
  STATE_TOO_NEW: "Somebody runs a newer `kpi` on this state. Upgrade this one.",
  WAREHOUSE_INVALID:
    "Look at `warehouse.path`: what is there is another kind of file, or damaged. `kpi` leaves it as it is. Files ending in `.wal` and `.journal` beside a database belong to it: copy and move them with it.",
  DEPENDENCY_MISSING:
    "Some stores need a client that few people use, so it does not come along. The hint has the command; run it where kpi is installed (`npm install -g …` where kpi was installed so).",
  CREDENTIALS_REFUSED:
    "The user, password or token is wrong, has expired, or lacks the right to read. Set it in the environment or in `.env`; the real environment wins over `.env`.",
  SOURCE_UNREACHABLE:
    "`kpi` has tried several times already. Is the server up, the address right, the network open? The next run catches up on all hours that were missed.",
  SOURCE_BUSY:
    "`kpi` has waited as long as the server asked it to, and tried again. The next run catches up; a smaller `batch` asks for less at a time.",
  SOURCE_TIMEOUT:
    "The query asks for more than the server can give in time: a smaller `batch`, fewer fields, or a longer `timeout` and `deadline` of the connection, or `timeout` of the step.",
  SOURCE_UNEXPECTED:
    "Something else answers at that address: a login page, a proxy, another service. Give the address of InfluxDB itself, without a path; `version` says which one it is where a proxy hides that.",
  SOURCE_NOT_FOUND:
    "Check the names of bucket, database and measurement, letter by letter. InfluxDB gives the same answer for what may not be seen, so check the token's rights too.",
  SOURCE_REFUSED:
    "The server understood the query and could not carry it out; its own words are in the message. `kpi plan --explain` shows the query.",
  SOURCE_TRUNCATED: "The reply ended without the mark that proves it whole, so nothing of it was used. Often a proxy cuts long replies.",
  SOURCE_MALFORMED: "The message names the file and line, or the part of the reply. Correct the data, or leave it out with `where:`.",
  SOURCE_TYPE_CONFLICT:
    "A field was written with several types. Read each kind in a step of its own, or say with `types:` which one is meant.",
  STEP_FAILED: "The step and the database's own words are in the message. `kpi run --keep` keeps the run's tables to look at.",
  STEP_TIMEOUT:
    "The query was interrupted, and the window is tried again by later runs. A query that never ends is often a join without its condition; where the time is needed, raise the step's `timeout`, or lower `batch`.",
  CHECK_FAILED:
    "The message names the check, and the file in the run's folder with the rows that failed it. Mend the source or the step; the next run tries the window again. With `severity: warn` such rows are published, and told.",
  SCHEMA_DRIFT:
    "The step's columns have changed in a way that the published table cannot follow. The message lists each difference. Change the step back, alter the table, or publish to a new one.",
  DUPLICATE_KEY:
    "Merging by a key that is not unique would keep a row by chance. Put `dedupe` or `aggregate` before, or make the key longer.",
  ROWS_REFUSED:
    "The window had rows and now has none: the source may have lost data. If that is right, `kpi run --allow-empty`, or `allow_empty: true` in the pipeline. Until then the old rows stay.",
  CANNOT_WRITE:
    "The path and the reason are in the message: a full disk, a missing right, a read-only file system. What was committed is safe.",
  LOCKED:
    "Another run works on the pipeline; the message names it. Wait with `--wait`, or let the next run do it. A run that has crashed holds nobody up for longer than a minute.",
  WAREHOUSE_HELD:
    "The message names the process that has the file open, often somebody's open DuckDB shell. `kpi` waits for `warehouse.wait` before it gives up; the next run catches up.",
  STATE_CONFLICT: "Somebody changed the state between your command's look at it and its change. Run the command again.",
  PUBLISH_CONFLICT: "Several runs work on the same windows. Each window is published once all the same; run again when the other is done.",
  BACKFILL_UNFINISHED:
    "A backfill with `--rerun all` was broken off. Go on with it by `--resume ID`, or do all of its windows again with `--anew`.",
  CLOCK_BEHIND:
    "The machine's clock, `--now` or `KPI_NOW` shows a time that the pipeline has already passed. Correct it; nothing was changed.",
  RUN_TOO_LONG:
    "What was committed stays, and the next run goes on from there. Raise `max_duration`, or let runs follow one another more closely.",
  INTERRUPTED:
    "The next run goes on from what was committed. A second signal does not wait for the rollback: the process ends by it at once, and the next run finds what was committed all the same.",
  TERMINATED: "The next run goes on from what was committed.",
  INTERNAL: "Please report it, with what the same command prints under `KPI_DEBUG=1`. What was committed is safe.",
};

/** Exit statuses that no error has. */
export const OTHER_EXITS = {
  0: "Done; also when nothing was due",
  1: "Some windows failed; the others are safe",
  10: "Only `plan --detailed-exitcode`: work is pending",
};
