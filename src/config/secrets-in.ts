const URL_PASSWORD = /^[a-z][a-z0-9+.-]*:\/\/[^/?#@:]*:([^/?#@]+)@/i;
const SECRET_KEY = /key|secret|token|password/i;

/** The password of an address such as `http://USER:PASSWORD@HOST`, as it is written and as it is meant. */
export function passwordsIn(address: string): string[] {
  const [, written] = URL_PASSWORD.exec(address) ?? [];
  if (written === undefined) return [];
  try {
    return [...new Set([written, decodeURIComponent(written)])];
  } catch {
    return [written];
  }
}

/** Everything in a secret that is one by itself: the password of an address, and the keys of a JSON document such as a service account's. */
export function secretsIn(secret: string): string[] {
  const found = [secret, ...passwordsIn(secret)];
  if (!secret.trimStart().startsWith("{")) return found;
  try {
    JSON.parse(secret, (key, value: unknown) => {
      if (typeof value === "string" && SECRET_KEY.test(key)) found.push(value);
      return value;
    });
  } catch {
    // no JSON: it is kept back as a whole
  }
  return found;
}

/** What `Authorization: Basic …` holds by the name of a user: a short password is not seen inside its base64. */
export function pairsIn({ username, password }: Readonly<Record<string, unknown>>): string[] {
  return typeof username === "string" && typeof password === "string" && password !== "" ? [`${username}:${password}`] : [];
}
