// Exact decimals, to tell who is right about multiples: JavaScript's remainder is one of doubles.

/** A number's shortest text as an integer times a power of ten. */
function parts(number) {
  const [, sign, whole, fraction = "", exponent = "0"] =
    /^(-?)(\d+)(?:\.(\d+))?(?:e([+-]?\d+))?$/.exec(String(number));
  return { digits: BigInt(sign + whole + fraction), exponent: Number(exponent) - fraction.length };
}

export function isMultiple(value, divisor) {
  const [a, b] = [parts(value), parts(divisor)];
  const least = Math.min(a.exponent, b.exponent);
  const scaled = ({ digits, exponent }) => digits * 10n ** BigInt(exponent - least);
  return scaled(a) % scaled(b) === 0n;
}
