const LEAST_GATEWAY = 2.5;
const LEAST_PUBLIC = 1;
const MOST_BYTES_A_KEY = 40;
// "Alike": neither costs half as much again as the other.
const ALIKE = 1.5;

const times = ({ median, error }) => `${median.toFixed(2)}× ± ${(median * error).toFixed(2)}`;

/** @param {any} charges what runCharges yields */
export function chargeGoals({ times: kinds, keys }) {
  const [admitted, denied] = kinds;
  const key = keys.find(({ name }) => name === "sluice").bytes;
  const apart = denied.ns.sluice.median / admitted.ns.sluice.median;
  return [
    ...kinds.map(({ kind, gatewayTimesFaster }) => ({
      id: `charge-gateway-${kind}`,
      text: `a charge on the gateway's path, ${kind}, against rate-limiter-flexible in memory, at least ${LEAST_GATEWAY}×`,
      value: times(gatewayTimesFaster),
      reached: gatewayTimesFaster.median >= LEAST_GATEWAY,
    })),
    ...kinds.map(({ kind, publicTimesFaster }) => ({
      id: `charge-public-${kind}`,
      text: `a charge through createLimiter, ${kind}, against the same, no slower`,
      value: times(publicTimesFaster),
      reached: publicTimesFaster.median >= LEAST_PUBLIC,
    })),
    {
      id: "charge-denied",
      text: `a denied charge costs what an admitted one costs, within ${ALIKE}×`,
      value: `${apart.toFixed(2)}×`,
      reached: apart <= ALIKE && apart >= 1 / ALIKE,
    },
    {
      id: "charge-memory",
      text: `at most ${MOST_BYTES_A_KEY} bytes a key at a million keys`,
      value: `${key.toFixed(1)} bytes`,
      reached: key <= MOST_BYTES_A_KEY,
    },
  ];
}
