const FIRST = -(2n ** 63n);
const LAST = 2n ** 63n - 1n;

/** Decimal digits as atoi(3) and `%d` of sscanf(3) read them in glibc: by strtol(3), clamped to 64 bits, cut to an int. */
export function toInt(digits: string): number {
  const number = BigInt(digits);
  return Number(BigInt.asIntN(32, number < FIRST ? FIRST : number > LAST ? LAST : number));
}
