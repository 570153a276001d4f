const GROUPS = 8;
const GROUP_BITS = 16;

/**
 * An address as subjects have it (wasm/base/ip_address.h): IPv4 as it is, of IPv6 the first `bits`
 * in the form of RFC 5952, and an IPv4-mapped one as IPv4. Undefined for what is no address.
 */
export function countedAddress(text: string, bits: number): string | undefined {
  if (!text.includes(":")) return hostOf(text) === text ? text : undefined;
  const host = hostOf(`[${text}]`);
  if (host === undefined) return undefined;
  const groups = groupsOf(host.slice(1, -1));
  if (groups.slice(0, 5).every((group) => group === 0) && groups[5] === 0xffff) {
    const bytes = groups.slice(6).flatMap((group) => [group >> 8, group & 0xff]);
    return bytes.join(".");
  }
  const counted = groups.map((group, index) => {
    const left = Math.min(Math.max(bits - index * GROUP_BITS, 0), GROUP_BITS);
    return group & (0xffff << (GROUP_BITS - left)) & 0xffff;
  });
  return hostOf(`[${counted.map((group) => group.toString(16)).join(":")}]`)?.slice(1, -1);
}

/** The host as a URL has it, which for addresses is their one form. */
function hostOf(host: string): string | undefined {
  // Anything else that a URL's authority could hold would be read as something else than the host.
  if (!/^(?:[\d.]+|\[[\da-f:.]+\])$/i.test(host)) return undefined;
  try {
    return new URL(`http://${host}`).hostname;
  } catch {
    return undefined;
  }
}

/** The eight numbers of an address in the form of RFC 5952. */
function groupsOf(address: string): number[] {
  const [before = "", after = ""] = address.split("::");
  const numbers = (part: string): number[] =>
    part === "" ? [] : part.split(":").map((group) => Number.parseInt(group, 16));
  const [first, last] = [numbers(before), numbers(after)];
  return [...first, ...new Array<number>(GROUPS - first.length - last.length).fill(0), ...last];
}
