/**
 * The Worker library:
 *
 *     import { createGateway, LimiterObject, ConfigObject } from "sluice";
 *     export { LimiterObject, ConfigObject };
 *     export default createGateway();
 */
export { createGateway, type Gateway, type GatewayOptions } from "./gateway/index.ts";
export { signOverride, type Override } from "./core/override-token.ts";
export type { Exposure } from "./core/plan.ts";
export type { ExposureMessage } from "./gateway/exposure-message.ts";
export type { LimitRecord, OnLimit } from "./gateway/limit-records.ts";
export { LimiterObject } from "./limiter/limiter-object.ts";
export { ConfigObject } from "./config/config-object.ts";
export { getConfig, type ConfigOptions } from "./config/documents.ts";
export { ConfigError, type ConfigFault } from "./config/document-fault.ts";
export type { DocumentSchema } from "./config/document-source.ts";
export type { ConfigDocument } from "./config/document-store.ts";
export type { GatewayEnv } from "./env.ts";
