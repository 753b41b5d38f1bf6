/** The secrets of all tests. No byte that a test's kpi has said or left may hold one of them, in any encoding. */
export const TEST_SECRETS = {
  apiKey: "kpi-api-key_0123456789+abc/def=",
  awkward: 'p@ss/w+rd "ñ" \\ 100%',
  door: "p4ss-w0rd-of-the-door",
  hidden: "hidden-token-1234",
  objectStore: "s3-s3cret+key/with=signs",
  password: 'pass/w+rd "of" ña & 50%',
  postgres: "Pg-s3cret/pass",
  prefectDoor: "door:keeper-of-prefect-77",
  prefectKey: "pnu_prefect-key-9876543210",
  prefectSecret: "iox-0123456789_of-the-plant/+==",
  record: "a-token-that-must-not-be-kept",
  serviceAccount: "MIIEvQIBADANBgkqh",
  source: "s3cr3t-of-the-source",
  terminal: "s3cr3t/Tok+en==",
  web: "a-secret-token",
};

const noted = new Set<string>(Object.values(TEST_SECRETS));

/** Adds secrets that were made up while the tests ran. */
export function noteSecrets(secrets: readonly string[]): void {
  for (const secret of secrets) noted.add(secret);
}

export const testSecrets = (): readonly string[] => [...noted];
