import { storefrontByHand } from "./by-hand.ts";
import { guarded } from "./guards.ts";

export { Limiter } from "./limiter.ts";
export { Stats } from "./stats.ts";

export default storefrontByHand(guarded);
