/** Why there was no connection, and what to do about it. */
export interface ConnectionTrouble {
  /** In words where that helps, with the code that Node gives it. */
  readonly state: string;
  readonly hint: string;
  /** Whether it may pass by itself. */
  readonly passing: boolean;
}

const UNKNOWN_AUTHORITY = "Give the certificate of the authority that signed it: ca: FILE.pem";
const UNKNOWN = "its certificate is signed by an authority that is not known";
const SELF_SIGNED = "its certificate is signed by itself";

const CERTIFICATES: Readonly<Record<string, readonly [state: string, hint: string]>> = {
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: [UNKNOWN, UNKNOWN_AUTHORITY],
  UNABLE_TO_GET_ISSUER_CERT: [UNKNOWN, UNKNOWN_AUTHORITY],
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: [UNKNOWN, UNKNOWN_AUTHORITY],
  SELF_SIGNED_CERT_IN_CHAIN: [UNKNOWN, UNKNOWN_AUTHORITY],
  CERT_SIGNATURE_FAILURE: [UNKNOWN, UNKNOWN_AUTHORITY],
  DEPTH_ZERO_SELF_SIGNED_CERT: [SELF_SIGNED, "Give that certificate, if you trust it: ca: FILE.pem"],
  CERT_HAS_EXPIRED: ["its certificate has expired", "Have the server's certificate renewed, and look at this machine's clock"],
  CERT_NOT_YET_VALID: ["its certificate is not valid yet", "Look at this machine's clock"],
  ERR_TLS_CERT_ALTNAME_INVALID: ["its certificate is made out to another name", "Give the address under the name in the certificate"],
  EPROTO: ["what answers does not speak TLS as expected", "Check that the address is right: https:// for TLS, http:// without"],
};

/** What to say about a request that came to nothing, from what Node threw. */
export function connectionTrouble(thrown: unknown): ConnectionTrouble {
  const { code, message } = thrown as NodeJS.ErrnoException;
  const [state, hint] = CERTIFICATES[code ?? ""] ?? [];
  if (state === undefined || hint === undefined)
    return { state: code ?? message, hint: "Check the address and that the server runs", passing: true };
  return { state: `${state} (${code})`, hint, passing: false };
}
