import { z } from "zod";
import { defineStateStore } from "../core/state-store.js";
import { loadPackage } from "./lib/load-package.js";
import { openObjectStore } from "./lib/open-object-store.js";
import { prefix } from "./lib/prefix-setting.js";
import { S3Bucket } from "./lib/s3-bucket.js";

const settings = z.strictObject({
  bucket: z.string().min(3).describe("The bucket, which must be there"),
  prefix,
  endpoint: z
    .string()
    .refine(isAddress, "must be an address such as https://minio.example.com:9000")
    .optional()
    .describe("Address of an S3-compatible store; absent: Amazon's in the region"),
  region: z.string().min(1).default("us-east-1").describe("The region; most other stores than Amazon's take any"),
  access_key_id: z.string().min(1).describe("The key's name"),
  secret_access_key: z.string().min(1).meta({ secret: true }).describe("The key"),
  session_token: z.string().default("").meta({ secret: true }).describe("What temporary keys come with"),
  path_style: z.boolean().default(true).describe("Whether the bucket stands in the address's path, else before its host"),
});

function isAddress(text: string): boolean {
  const url = URL.canParse(text) ? new URL(text) : null;
  return url !== null && /^https?:$/.test(url.protocol) && `${url.username}${url.password}${url.search}${url.hash}` === "";
}

/* biome-ignore-start lint/suspicious/noTemplateCurlyInString: references, as they are written in the file */
export default defineStateStore({
  type: "s3",
  summary: "Objects in a bucket of Amazon S3 or of a store that speaks like it",
  config: settings,
  examples: [
    { bucket: "plant-7", region: "eu-west-1", access_key_id: "${AWS_ACCESS_KEY_ID}", secret_access_key: "${AWS_SECRET_ACCESS_KEY}" },
    { bucket: "kpi", endpoint: "https://minio.example.com:9000", access_key_id: "kpi", secret_access_key: "${MINIO_KEY}" },
  ],
  open: async (given, context) => {
    const { AwsClient } = loadPackage<typeof import("aws4fetch")>("aws4fetch", "s3");
    return openObjectStore(new S3Bucket(AwsClient, given), context);
  },
});
/* biome-ignore-end lint/suspicious/noTemplateCurlyInString: references, as they are written in the file */
