import { z } from "zod";
import { defineStateStore } from "../core/state-store.js";
import { GcsBucket } from "./lib/gcs-bucket.js";
import { openGoogleToken } from "./lib/google-token.js";
import { openObjectStore } from "./lib/open-object-store.js";
import { prefix } from "./lib/prefix-setting.js";

const settings = z.strictObject({
  bucket: z.string().min(3).describe("The bucket, which must be there"),
  prefix,
  credentials: z
    .string()
    .min(1)
    .optional()
    .meta({ secret: true })
    .describe("A service account: the path of its key file, or that file's JSON; absent: what the metadata server of Google Cloud gives"),
  endpoint: z
    .string()
    .regex(/^https?:\/\/[^/?#@]+$/, "must be an address without a path")
    .default("https://storage.googleapis.com")
    .describe("Address of the service"),
});

export default defineStateStore({
  type: "gcs",
  summary: "Objects in a bucket of Google Cloud Storage",
  config: settings,
  examples: [
    { bucket: "plant-7" },
    // biome-ignore lint/suspicious/noTemplateCurlyInString: a reference, as it is written in the file
    { bucket: "plant-7", prefix: "kpi/hourly/", credentials: "${GOOGLE_APPLICATION_CREDENTIALS}" },
  ],
  open: async ({ credentials, ...place }, context) => {
    const token = openGoogleToken(credentials, context.project);
    return openObjectStore(new GcsBucket({ ...place, token }), context);
  },
});
