import type { ObjectBucket } from "./object-bucket.js";
import { settleWrite } from "./settle-write.js";

/** Writes an object over the tag given, whose text no other write has; settles what is unclear. The new tag, or null where somebody else was first. */
export async function writeObject(bucket: ObjectBucket, name: string, text: string, tag: string | null): Promise<string | null> {
  let left: string | null = null;
  const attempt = async () => {
    left = await bucket.write(name, text, tag);
    return left !== null;
  };
  const look = async () => {
    const found = await bucket.read(name);
    if (found?.text === text) {
      left = found.tag;
      return "ours";
    }
    return (found?.tag ?? null) === tag ? "as before" : "others'";
  };
  return (await settleWrite(attempt, look)) ? left : null;
}
