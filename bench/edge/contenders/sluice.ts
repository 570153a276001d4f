// The gateway, with the storefront's policy baked in.
import policy from "bench:policy";
import { createGateway, LimiterObject as SluiceLimiter } from "sluice";
import { countCall } from "./stats.ts";

export { Stats } from "./stats.ts";

export class Limiter extends SluiceLimiter {
  override step(request: Uint8Array): ReturnType<SluiceLimiter["step"]> {
    countCall();
    return super.step(request);
  }
}

export default createGateway({ policy });
