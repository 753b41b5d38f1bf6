import { copyFileSync, existsSync, readdirSync, readFileSync, renameSync } from "node:fs";
import { join } from "node:path";
import { KpiError } from "../../core/errors.js";
import { cannotWrite } from "../../files/cannot-write.js";
import { withGuard } from "../../files/with-guard.js";
import { syncFolder, writeDurably } from "../../files/write-durably.js";
import { keyFileName } from "./key-file-name.js";
import { readDocument, type StateDocument, writeDocument } from "./state-document.js";

/** The state files of a folder: `<key>.json`, beside it `<key>.previous.json`, and what was found corrupt as `<key>.corrupt-<time>.json`. */
export class StateFolder {
  readonly #folder: string;
  readonly #warn: (code: string, message: string) => void;

  constructor(folder: string, warn: (code: string, message: string) => void) {
    this.#folder = folder;
    this.#warn = warn;
  }

  /** Null where there is nothing, or only something corrupt, which is set aside with a warning. Throws STATE_TOO_NEW, CANNOT_WRITE. */
  async read(key: string): Promise<StateDocument | null> {
    const found = this.#load(key);
    return found === "corrupt" ? this.change(key, "kpi", (document) => document) : found;
  }

  /** Hands what is stored to `work`, and lets nobody else change it meanwhile. Throws STATE_CONFLICT. */
  change<Result>(key: string, owner: string, work: (stored: StateDocument | null) => Result): Promise<Result> {
    return withGuard(this.#path(key, "guard"), owner, () => {
      const found = this.#load(key);
      if (found !== "corrupt") return work(found);
      this.setAside(key, this.#corruptName(key));
      return work(null);
    });
  }

  /** Writes within `change`; what was there before stays as the previous generation. */
  put(document: StateDocument): void {
    const path = this.#path(document.key);
    const previous = this.#path(document.key, "previous.json");
    try {
      if (existsSync(path)) {
        copyFileSync(path, `${previous}.tmp`);
        renameSync(`${previous}.tmp`, previous);
      }
    } catch (thrown) {
      throw cannotWrite(`keep the previous state of "${document.key}" in "${this.#folder}"`, thrown);
    }
    writeDurably(path, writeDocument(document));
  }

  /** Renames the file within `change`: `previous`, `corrupt-<time>`. */
  setAside(key: string, generation: string): void {
    const aside = this.#path(key, `${generation}.json`);
    try {
      renameSync(this.#path(key), aside);
      syncFolder(this.#folder);
    } catch (thrown) {
      throw cannotWrite(`rename the state file "${this.#path(key)}"`, thrown);
    }
    if (generation !== "previous") this.#warn("STATE_CORRUPT", `The state file of "${key}" was corrupt; it is kept as "${aside}"`);
  }

  async keys(): Promise<string[]> {
    const names = this.#names().filter((name) => /^[^.]+\.json$/.test(name));
    const documents = names.map((name) => this.#parse(join(this.#folder, name)));
    return documents.flatMap((document) => (document === null || document === "corrupt" ? [] : [document.key])).sort();
  }

  #names(): string[] {
    try {
      return readdirSync(this.#folder);
    } catch (thrown) {
      if ((thrown as NodeJS.ErrnoException).code === "ENOENT") return [];
      throw cannotWrite(`read the folder "${this.#folder}"`, thrown);
    }
  }

  #load(key: string): StateDocument | "corrupt" | null {
    const path = this.#path(key);
    const document = this.#parse(path);
    if (document === null || document === "corrupt" || document.key === key) return document;
    throw new KpiError("CONFIG_INVALID", `Cannot keep the state of "${key}" in "${path}": it holds that of "${document.key}"`, {
      hint: "On this file system names that differ by case alone are the same: give one of the two another `state.name`",
    });
  }

  #parse(path: string): StateDocument | "corrupt" | null {
    try {
      return readDocument(readFileSync(path, "utf8"), path) ?? "corrupt";
    } catch (thrown) {
      if (thrown instanceof KpiError) throw thrown;
      if ((thrown as NodeJS.ErrnoException).code === "ENOENT") return null;
      throw cannotWrite(`read the state file "${path}"`, thrown);
    }
  }

  #corruptName(key: string): string {
    const time = new Date().toISOString().replaceAll(/[-:.]/g, "");
    for (let count = 1; ; count++) {
      const name = `corrupt-${time}${count === 1 ? "" : `-${count}`}`;
      if (!existsSync(this.#path(key, `${name}.json`))) return name;
    }
  }

  #path(key: string, kind = "json"): string {
    return join(this.#folder, `${keyFileName(key)}.${kind}`);
  }
}
