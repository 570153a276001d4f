import wasm from "sluice/core.wasm";
import { serveCases } from "../harness/serve.ts";
import { makeCases } from "./cases.ts";

export default serveCases(() => makeCases(wasm));
