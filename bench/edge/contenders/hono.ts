import { guarded } from "./guards.ts";
import { storefrontWithHono } from "./with-hono.ts";

export { Limiter } from "./limiter.ts";
export { Stats } from "./stats.ts";

export default storefrontWithHono(guarded);
