/** Mixes whole numbers into one of 32 bits. */
function mix(seed: number, at: number): number {
  let bits = Math.imul(seed, 0x9e3779b1) ^ Math.imul(at | 0, 0x85ebca6b) ^ Math.imul(Math.floor(at / 4_294_967_296), 0xc2b2ae35);
  bits = Math.imul(bits ^ (bits >>> 16), 0x7feb352d);
  bits = Math.imul(bits ^ (bits >>> 15), 0x846ca68b);
  return (bits ^ (bits >>> 16)) >>> 0;
}

/** A number in [0, 1) that depends on nothing but the seed and the whole number `at`. */
export function noise(seed: number, at: number): number {
  return (mix(seed, Math.floor(at)) + mix(seed + 7919, Math.floor(at)) / 4_294_967_296) / 4_294_967_296;
}

/** A curve in [-1, 1] through a new height at each whole `at`, smooth in between. */
export function smoothNoise(seed: number, at: number): number {
  const left = Math.floor(at);
  const part = at - left;
  const ease = part * part * (3 - 2 * part);
  return 2 * (noise(seed, left) * (1 - ease) + noise(seed, left + 1) * ease) - 1;
}
