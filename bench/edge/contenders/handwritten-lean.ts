import { storefrontByHand } from "./by-hand.ts";
import { lean } from "./guards.ts";

export { Limiter } from "./limiter.ts";
export { Stats } from "./stats.ts";

export default storefrontByHand(lean);
