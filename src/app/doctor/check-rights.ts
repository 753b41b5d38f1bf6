import type { Connection } from "../../core/connection.js";
import { KpiError } from "../../core/errors.js";
import type { Finding } from "../../core/finding.js";
import type { Project } from "../../core/pipeline.js";
import { bad, doubtful, good } from "./to-finding.js";

/** Whether the credentials may read each bucket that a pipeline reads. Systems show of what they hold what may be read, so a bucket is there or it is not. */
export async function checkRights(
  project: Project,
  name: string,
  { browse }: Connection,
  client: AsyncDisposable,
  signal: AbortSignal,
): Promise<Finding[]> {
  const buckets = bucketsOf(project, name);
  if (browse === undefined || buckets.length === 0) return [];
  const subject = { about: "connection", name } as const;
  // a database that is mapped to a bucket of another name is in no list
  const opens = (bucket: string) =>
    browse(client, { bucket, measurement: null }, signal).then(
      () => true,
      (thrown) => {
        if (isRefused(thrown)) return false;
        throw thrown;
      },
    );
  try {
    const contents = await browse(client, { bucket: null, measurement: null }, signal);
    const names = new Set(contents.level === "buckets" ? contents.buckets.map((bucket) => bucket.name) : []);
    const findings = buckets.map(async (bucket) => {
      // a retention policy that is the default goes by the database's name alone
      const listed = names.has(bucket) || names.has(bucket.replace(/\/.*$/, ""));
      if (listed || (await opens(bucket))) return good(subject, `bucket "${bucket}" may be read`);
      return bad(subject, noSuchBucket(name, bucket));
    });
    return await Promise.all(findings);
  } catch (thrown) {
    if (!isRefused(thrown)) return [bad(subject, thrown)];
    const message = `Cannot tell whether its buckets may be read: the credentials may not list them`;
    return [doubtful(subject, message, "`kpi plan --explain` tries one; a right to read buckets lets doctor tell")];
  }
}

function isRefused(thrown: unknown): boolean {
  return thrown instanceof KpiError && (thrown.code === "CREDENTIALS_REFUSED" || thrown.code === "SOURCE_NOT_FOUND");
}

function noSuchBucket(name: string, bucket: string): KpiError {
  return new KpiError("SOURCE_NOT_FOUND", `Cannot read bucket "${bucket}" of "${name}": it does not exist, or may not be read`, {
    hint: "InfluxDB says the same of both: check the bucket's name, then whether the token or user has the right to read it",
  });
}

function bucketsOf({ pipelines }: Project, connection: string): string[] {
  const steps = [...pipelines.values()].flatMap((pipeline) => pipeline.steps).filter((step) => step.connection === connection);
  return [
    ...new Set(
      steps.map(({ settings }) => settings.bucket).filter((bucket): bucket is string => typeof bucket === "string" && bucket !== ""),
    ),
  ];
}
