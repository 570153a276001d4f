/** Mulberry32: what a run does depends on its seed alone. */
export function generator(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

/** Choices by a seed. */
export function choices(seed) {
  const random = generator(seed);
  const below = (n) => Math.floor(random() * n);
  const chance = (p) => random() < p;
  return {
    below,
    chance,
    pick: (list) => list[below(list.length)],
    many: (max, make) => Array.from({ length: below(max + 1) }, make),
  };
}
