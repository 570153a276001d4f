import {
  ABI_VERSION,
  EXPORTED_FUNCTIONS,
  FACTS_VERSION,
  INPUTS_VERSION,
  INPUT_KEPT,
  ResultOffset,
  Status,
  type CoreExports,
} from "./abi.generated.ts";
import { checkBytes } from "./arguments.ts";
import { SluiceError, errorFromCore } from "./errors.ts";
import { slotsBound, writeSlots, type Facts, type Slots } from "./slots.ts";
import { encodeText, readText, utf8Bound, writeText } from "./text.ts";

/** JSON text; bytes preferred. Byte offsets in errors count bytes of the UTF-8 text. */
export type Json = string | Uint8Array;

const FIRST_INPUT_BYTES = 4096;
/**
 * Above it a string is encoded first, so that its exact size is reserved and not three times that.
 */
const ENCODE_FIRST_ABOVE = 16 * 1024;
const SEED_BYTES = 16;
const NO_BYTES = new Uint8Array(0);

/**
 * How one instance of the module is called: its seed, its memory, the input that goes in and the
 * result that comes out. Any exception out of a call poisons the instance for good.
 */
export class ModuleInstance {
  protected readonly exports: CoreExports;
  protected readonly result: number;
  protected bytes = NO_BYTES;
  protected view = new DataView(NO_BYTES.buffer);
  protected input = 0;
  #capacity = 0;
  protected frameLength = 0;
  #seed: Uint8Array | undefined;
  #seeded = false;
  #trap: SluiceError | undefined;

  /**
   * Without a seed, sixteen random bytes are taken at the first call: Workers forbid randomness
   * before a handler runs.
   */
  constructor(instance: WebAssembly.Instance, seed?: Uint8Array) {
    this.exports = checkedExports(instance);
    if (seed !== undefined && seed.length !== SEED_BYTES) {
      throw new SluiceError("invalid_argument", `seed must be ${String(SEED_BYTES)} bytes`);
    }
    this.#seed = seed;
    this.exports._initialize();
    const version = this.exports.sluice_abi_version();
    if (version !== ABI_VERSION) {
      throw new SluiceError(
        "invalid_argument",
        `core.wasm speaks ABI ${String(version)}, this JavaScript speaks ${String(ABI_VERSION)}: take both from one build`,
      );
    }
    this.result = this.exports.sluice_result_address() >>> 0;
    this.#retakeViews();
  }

  get poisoned(): boolean {
    return this.#trap !== undefined;
  }

  /** Bytes of linear memory; it never shrinks. */
  get memoryBytes(): number {
    return this.exports.memory.buffer.byteLength;
  }

  /** One call, and what is read of its result while that is good. */
  protected call<T>(run: () => number, read: (address: number) => T): T {
    this.#checkAlive();
    try {
      return read(this.bytesOf(run()));
    } catch (error) {
      throw this.failure(error);
    }
  }

  #checkAlive(): void {
    if (this.#trap !== undefined) {
      throw new SluiceError(
        "poisoned",
        "this instance of the core trapped before; make a new one",
        { cause: this.#trap },
      );
    }
    if (!this.#seeded) this.#enterSeed();
  }

  #enterSeed(): void {
    const seed = this.#seed ?? crypto.getRandomValues(new Uint8Array(SEED_BYTES));
    this.#seeded = true;
    this.#seed = undefined;
    const length = this.write(seed);
    this.call(
      () => this.exports.sluice_init(this.input, length),
      () => undefined,
    );
  }

  /**
   * What the core itself reports passes. Anything else is a trap, V8's RangeError, or a result that
   * lies outside of the memory: after none of them can the instance be trusted.
   */
  protected failure(error: unknown): SluiceError {
    if (error instanceof SluiceError) return error;
    return this.#poison(error);
  }

  #poison(cause: unknown): SluiceError {
    this.#trap = new SluiceError("poisoned", "the core trapped; this instance is of no more use", {
      cause,
    });
    return this.#trap;
  }

  protected writeFacts(facts: Facts, wanted: readonly number[], slotCount: number): number {
    this.reserve(slotsBound(facts, wanted, slotCount));
    return writeSlots(this.bytes, this.view, this.input, FACTS_VERSION, facts, wanted, slotCount);
  }

  /** Returns the document's length; the frame of `inputs` lies behind it, `frameLength` long. */
  protected writeDocument(
    json: Json,
    inputs: Slots | undefined,
    version: number = INPUTS_VERSION,
  ): number {
    this.frameLength = 0;
    if (inputs === undefined) return this.write(json);
    const given = shortOrBytes(json);
    const document = typeof given === "string" ? encodeText(given) : given;
    const slots = inputs.map((input) => (input === undefined ? input : shortOrBytes(input)));
    const wanted = [...slots.keys()];
    this.reserve(document.length + slotsBound(slots, wanted, slots.length));
    this.bytes.set(document, this.input);
    this.frameLength = writeSlots(
      this.bytes,
      this.view,
      this.input + document.length,
      version,
      slots,
      wanted,
      slots.length,
    );
    return document.length;
  }

  protected write(json: Json): number {
    const value = shortOrBytes(json);
    if (typeof value === "string") {
      this.reserve(utf8Bound(value));
      return writeText(this.bytes, this.input, value);
    }
    this.reserve(value.length);
    this.bytes.set(value, this.input);
    return value.length;
  }

  /** Room for `length` bytes at `#input`, with views that are good until the next call. */
  protected reserve(length: number): void {
    this.#checkAlive();
    if (length > this.#capacity) {
      const wanted = Math.max(length, FIRST_INPUT_BYTES);
      let address: number;
      try {
        address = this.exports.sluice_input(wanted) >>> 0;
      } catch (cause) {
        throw this.#poison(cause);
      }
      if (address === 0) {
        this.#capacity = 0;
        throw new SluiceError(
          "budget_exceeded",
          `an input of ${String(length)} bytes is more than the core takes`,
          { budget: "input_bytes" },
        );
      }
      this.input = address;
      this.#capacity = wanted;
    }
    if (this.bytes.byteLength === 0) this.#retakeViews();
  }

  /** Growing the memory detaches the old buffer, which leaves views of length 0. */
  #retakeViews(): void {
    const { buffer } = this.exports.memory;
    this.bytes = new Uint8Array(buffer);
    this.view = new DataView(buffer);
  }

  /** Address of result.bytes, with fresh views; throws what a failed status stands for. */
  protected bytesOf(status: number): number {
    if (this.bytes.byteLength === 0) this.#retakeViews();
    // The call gave it back.
    if (this.#capacity > INPUT_KEPT) this.#capacity = 0;
    const address = this.view.getUint32(this.result + ResultOffset.bytesData, true);
    if (status !== Status.ok) throw errorFromCore(status, this.text(address));
    return address;
  }

  /** Of result.bytes. */
  protected length(): number {
    return this.view.getUint32(this.result + ResultOffset.bytesLength, true);
  }

  protected text(address: number): string {
    return readText(this.bytes, address, this.length());
  }

  protected second(): string {
    const address = this.view.getUint32(this.result + ResultOffset.secondData, true);
    const length = this.view.getUint32(this.result + ResultOffset.secondData + 4, true);
    return readText(this.bytes, address, length);
  }

  /** Of what a handle keeps in memory, good as long as that lives: a word. */
  wordAt(address: number): number {
    if (this.bytes.byteLength === 0) this.#retakeViews();
    return this.view.getUint32(address, true);
  }

  /** Likewise a text. */
  textAt(address: number, length: number): string {
    if (this.bytes.byteLength === 0) this.#retakeViews();
    return readText(this.bytes, address, length);
  }

  /** Likewise bytes, for a caller to keep. */
  bytesAt(address: number, length: number): Uint8Array {
    if (this.bytes.byteLength === 0) this.#retakeViews();
    return new Uint8Array(this.bytes.subarray(address, address + length));
  }

  protected textOf(run: () => number): string {
    return this.call(run, (address) => this.text(address));
  }

  protected handleOf(run: () => number): number {
    return this.call(run, () => this.handle());
  }

  protected handle(): number {
    return this.view.getUint32(this.result + ResultOffset.handle, true);
  }

  protected flag(): boolean {
    return this.view.getUint32(this.result + ResultOffset.flag, true) !== 0;
  }

  protected copyOf(run: () => number): Uint8Array {
    return this.call(run, () => this.copy(ResultOffset.bytesData));
  }

  /** result.bytes, for a caller to keep. */
  protected copyOut(status: number): Uint8Array {
    this.bytesOf(status);
    return this.copy(ResultOffset.bytesData);
  }

  protected copy(field: number): Uint8Array {
    const address = this.view.getUint32(this.result + field, true);
    const length = this.view.getUint32(this.result + field + 4, true);
    // Unlike slice, this doesn't fill the new memory with zeros before it copies.
    return new Uint8Array(this.bytes.subarray(address, address + length));
  }
}

function shortOrBytes(json: Json): Json {
  if (typeof json === "string") return json.length > ENCODE_FIRST_ABOVE ? encodeText(json) : json;
  checkBytes(json);
  return json;
}

function checkedExports(instance: WebAssembly.Instance): CoreExports {
  const { exports } = instance;
  const missing = ["memory", "_initialize", ...EXPORTED_FUNCTIONS].filter(
    (name) => !(name in exports),
  );
  if (missing.length > 0) {
    throw new SluiceError(
      "invalid_argument",
      `this is not Sluice's core, or one of another version: it does not export ${missing.join(", ")}`,
    );
  }
  return exports as unknown as CoreExports;
}
