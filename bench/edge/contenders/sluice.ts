// The gateway, with the storefront's policy baked in.
import policy from "bench:policy";
import { createGateway, LimiterObject as SluiceLimiter } from "sluice";
import { countCall } from "./stats.ts";

export { Stats } from "./stats.ts";

export class Limiter extends SluiceLimiter {
  override charge(
    ...args: Parameters<SluiceLimiter["charge"]>
  ): ReturnType<SluiceLimiter["charge"]> {
    countCall();
    return super.charge(...args);
  }
}

export default createGateway({ policy });
