/* The one door between JavaScript and the core.
 *
 * tools/generate-abi.mjs reads this file and writes worker-shim/core/abi.generated.ts, and the
 * build checks the module's export list against it, so keep its form: `SLUICE_NAME = number,` in
 * enums, one `SLUICE_EXPORT type name(…);` per function.
 *
 * Rules
 *  - Arguments and results are i32 and f64 only. A function returns a sluice_status unless it says
 *    otherwise; what else it yields lies in the one sluice_result, whose address never changes.
 *  - On failure `result.bytes` is a JSON object {"code", "message", "location"?, "byteOffset"?,
 *    "budget"?, "issues"?: [{"code", "pointer", "byteOffset", "message"}], "issueCount"?}.
 *  - Input is written into the memory that sluice_input gave, and read from there; a function never
 *    keeps a reference to it. Two inputs of one call lie behind each other in it.
 *  - Everything returned is borrowed: valid until the next call into this instance, which may also
 *    grow (and so detach) the memory.
 *  - Handles are opaque and never 0. A handle that was disposed of is SLUICE_STALE_HANDLE.
 *  - Input that does not lie in that memory is SLUICE_INVALID_ARGUMENT; what is empty may lie
 *    anywhere.
 *  - Time is in milliseconds since the Unix epoch. There is no clock and no randomness in here.
 *  - One instance is one thread. A call that throws (a trap) poisons the instance for good: if it
 *    is called again all the same, calls are SLUICE_POISONED and sluice_input is null.
 *
 * Frames are little-endian u32 words. A facts frame is
 *   word 0 SLUICE_FACTS_VERSION, word 1 length in bytes, word 2 number of slots, then for each slot
 *   (offset, length) in bytes from the frame's start, offset SLUICE_ABSENT where there is no fact,
 *   then the facts' bytes. Slots up to SLUICE_SLOT_FIRST_NAMED are fixed; the others are numbered
 *   by sluice_policy_describe.
 * An inputs frame is the same with word 0 SLUICE_INPUTS_VERSION: JSON texts by the numbers of a
 * transform's inputs. Slots at its end may be left out, and where all are absent, the frame.
 */
#ifndef SLUICE_ABI_SLUICE_H_
#define SLUICE_ABI_SLUICE_H_

#include <stdint.h>

#if defined(__wasm__)
#define SLUICE_EXPORT __attribute__((visibility("default"), used))
#else
#define SLUICE_EXPORT
#endif

#ifdef __cplusplus
extern "C" {
#endif

enum sluice_constant {
  SLUICE_ABI_VERSION = 7,
  SLUICE_FACTS_VERSION = 1,
  SLUICE_MATCH_VERSION = 2,
  SLUICE_PLAN_VERSION = 6,
  SLUICE_CHARGES_VERSION = 1,
  SLUICE_INPUTS_VERSION = 1,
  SLUICE_FEATURES_VERSION = 3,
  SLUICE_EVALUATE_VERSION = 1,
  SLUICE_RESULTS_VERSION = 1,
  SLUICE_ATTRIBUTES_VERSION = 1,
  SLUICE_SCHEMA_VERSION = 1,
  SLUICE_ERRORS_VERSION = 1,
  SLUICE_INPUT_KEPT = 1048576, /* bytes of input memory that outlive a call, see sluice_input */
  SLUICE_ABSENT = 0xFFFFFFFF,  /* offset of an absent slot, or none where a number may be missing */
};

enum sluice_status {
  SLUICE_OK = 0,
  SLUICE_INVALID_JSON = 1,
  SLUICE_INVALID_POLICY = 2,
  SLUICE_INVALID_ARGUMENT = 3,
  SLUICE_STALE_HANDLE = 4,
  SLUICE_BUDGET_EXCEEDED = 5,
  SLUICE_POISONED = 6,
  SLUICE_INTERNAL = 7,
  SLUICE_INVALID_QUERY = 8,
  SLUICE_INVALID_TRANSFORM = 9,
  SLUICE_TRANSFORM_FAILED = 10,
  SLUICE_QUERY_FAILED = 11,
  SLUICE_MISSING_SECRET = 12,
  SLUICE_INVALID_SCHEMA = 13,
};

/* Fixed slots of a facts frame. */
enum sluice_slot {
  SLUICE_SLOT_METHOD = 0,
  SLUICE_SLOT_HOST = 1,  /* without the port, lower case */
  SLUICE_SLOT_PATH = 2,  /* as in the URL, percent-encoded; starts with / */
  SLUICE_SLOT_QUERY = 3, /* with its "?", absent or empty if there is none */
  SLUICE_SLOT_IP = 4,
  SLUICE_SLOT_RANDOM = 5, /* 16 random bytes: what a visitor id is minted from */
  SLUICE_SLOT_DIGEST = 6, /* 32 bytes: SHA-256 of the credential that the route's auth names */
  SLUICE_SLOT_URL = 7,    /* JSON of the URL's parts, see wasm/experiment/evaluate.h */
  SLUICE_SLOT_FIRST_NAMED = 8,
};

/* Words of what sluice_policy_match yields. Offsets are in bytes from the frame's start. */
enum sluice_match {
  SLUICE_MATCH_WORD_VERSION = 0,
  SLUICE_MATCH_WORD_LENGTH = 1,
  SLUICE_MATCH_WORD_OUTCOME = 2,       /* sluice_outcome */
  SLUICE_MATCH_WORD_ROUTE = 3,         /* number of the route, or SLUICE_ABSENT */
  SLUICE_MATCH_WORD_DETAIL_OFFSET = 4, /* method_not_allowed: value of Allow; bad_target: why */
  SLUICE_MATCH_WORD_DETAIL_LENGTH = 5,
  SLUICE_MATCH_WORD_CHARGE_COUNT = 6, /* pre-auth charges */
  SLUICE_MATCH_WORD_CHARGES_OFFSET = 7,
  SLUICE_MATCH_WORDS = 8,
};

enum sluice_outcome {
  SLUICE_OUTCOME_PROCEED = 0,
  SLUICE_OUTCOME_NOT_FOUND = 1,
  SLUICE_OUTCOME_METHOD_NOT_ALLOWED = 2,
  SLUICE_OUTCOME_BAD_TARGET = 3,
  SLUICE_OUTCOME_UNAUTHORIZED = 4, /* the route wants a credential; none came, or an unknown one */
};

/* Words of the plan that sluice_policy_decide yields. Faults of parameters are JSON: {"path": …,
 * "query": …}, each as SLUICE_SCHEMA_OUTPUT_ERRORS has it, and only where it has faults. */
enum sluice_plan {
  SLUICE_PLAN_WORD_VERSION = 0,
  SLUICE_PLAN_WORD_LENGTH = 1,
  SLUICE_PLAN_WORD_OUTCOME = 2,
  SLUICE_PLAN_WORD_UPSTREAM = 3,    /* number in the description's upstreams */
  SLUICE_PLAN_WORD_TRANSFORM = 4,   /* of the response body, or SLUICE_ABSENT */
  SLUICE_PLAN_WORD_PATH_OFFSET = 5, /* upstream path with query, starts with / */
  SLUICE_PLAN_WORD_PATH_LENGTH = 6,
  SLUICE_PLAN_WORD_IDENTITY_OFFSET = 7, /* SLUICE_ABSENT where the route has no auth */
  SLUICE_PLAN_WORD_IDENTITY_LENGTH = 8,
  SLUICE_PLAN_WORD_REDIRECT_OFFSET = 9, /* value of Location, or SLUICE_ABSENT: ask the upstream */
  SLUICE_PLAN_WORD_REDIRECT_LENGTH = 10,
  SLUICE_PLAN_WORD_FLAGS_OFFSET = 11, /* value of the flags header, or SLUICE_ABSENT */
  SLUICE_PLAN_WORD_FLAGS_LENGTH = 12,
  SLUICE_PLAN_WORD_VISITOR_OFFSET = 13, /* value of the visitor header, or SLUICE_ABSENT */
  SLUICE_PLAN_WORD_VISITOR_LENGTH = 14,
  SLUICE_PLAN_WORD_VARIANT_COUNT = 15,   /* words, by the route's experiments: the number of the */
  SLUICE_PLAN_WORD_VARIANTS_OFFSET = 16, /* variant that applies, or SLUICE_ABSENT */
  SLUICE_PLAN_WORD_COOKIE_COUNT = 17,    /* (offset, length) pairs: values of Set-Cookie */
  SLUICE_PLAN_WORD_COOKIES_OFFSET = 18,
  SLUICE_PLAN_WORD_EXPOSURE_COUNT = 19, /* sluice_exposure each */
  SLUICE_PLAN_WORD_EXPOSURES_OFFSET = 20,
  SLUICE_PLAN_WORD_CHARGE_COUNT = 21,
  SLUICE_PLAN_WORD_CHARGES_OFFSET = 22,
  SLUICE_PLAN_WORD_INPUT_COUNT = 23, /* of the route's inputs; in the order of the description */
  SLUICE_PLAN_WORD_INPUTS_OFFSET = 24,
  SLUICE_PLAN_WORD_FAULTS_OFFSET = 25, /* of the parameters, or SLUICE_ABSENT: none */
  SLUICE_PLAN_WORD_FAULTS_LENGTH = 26,
  SLUICE_PLAN_WORDS = 27,
};

/* Words of one exposure of a plan. Offsets are in bytes from the frame's start. */
enum sluice_exposure {
  SLUICE_EXPOSURE_WORD_ID_OFFSET = 0, /* 22 characters: the same for the same exposure of a day */
  SLUICE_EXPOSURE_WORD_ID_LENGTH = 1,
  SLUICE_EXPOSURE_WORD_FEATURE_OFFSET = 2, /* key of the feature */
  SLUICE_EXPOSURE_WORD_FEATURE_LENGTH = 3,
  SLUICE_EXPOSURE_WORD_EXPERIMENT_OFFSET = 4, /* key of the experiment */
  SLUICE_EXPOSURE_WORD_EXPERIMENT_LENGTH = 5,
  SLUICE_EXPOSURE_WORD_VARIATION_OFFSET = 6, /* key of the variation */
  SLUICE_EXPOSURE_WORD_VARIATION_LENGTH = 7,
  SLUICE_EXPOSURE_WORD_ATTRIBUTE_OFFSET = 8, /* name of the attribute that was hashed */
  SLUICE_EXPOSURE_WORD_ATTRIBUTE_LENGTH = 9,
  SLUICE_EXPOSURE_WORD_VALUE_OFFSET = 10, /* its value, or a hash of it */
  SLUICE_EXPOSURE_WORD_VALUE_LENGTH = 11,
  SLUICE_EXPOSURE_WORD_VARIATION_INDEX = 12,
  SLUICE_EXPOSURE_WORD_STICKY = 13, /* 1: by a sticky bucket */
  SLUICE_EXPOSURE_WORDS = 14,
};

/* Words of one input of a plan. */
enum sluice_input_call {
  SLUICE_INPUT_CALL_WORD_PATH_OFFSET = 0, /* upstream path, starts with / */
  SLUICE_INPUT_CALL_WORD_PATH_LENGTH = 1,
  SLUICE_INPUT_CALL_WORDS = 2,
};

/* Words of one charge, in both frames. Times are f64 in two words, low first: milliseconds from
 * now. Of a charge whose verdict is `ask` they say nothing, nor do remaining units. */
enum sluice_charge {
  SLUICE_CHARGE_WORD_LIMIT = 0, /* number in the description's limits */
  SLUICE_CHARGE_WORD_RULE = 1,  /* number in the limit's rules */
  SLUICE_CHARGE_WORD_COST = 2,
  SLUICE_CHARGE_WORD_VERDICT = 3, /* sluice_charge_verdict */
  SLUICE_CHARGE_WORD_SOURCE = 4,  /* sluice_charge_source */
  SLUICE_CHARGE_WORD_FLAGS = 5,   /* sluice_charge_flag */
  SLUICE_CHARGE_WORD_SUBJECT_OFFSET = 6,
  SLUICE_CHARGE_WORD_SUBJECT_LENGTH = 7,
  SLUICE_CHARGE_WORD_REMAINING = 8,
  SLUICE_CHARGE_WORD_RESET_MS = 9,
  SLUICE_CHARGE_WORD_RETRY_MS = 11, /* NaN: never, or not denied */
  SLUICE_CHARGE_WORD_ID = 13,       /* u64: the charge's if asked for, else the lease's; 0: none */
  SLUICE_CHARGE_WORD_OPERATIONS_OFFSET = 15, /* what to send to the object behind a header */
  SLUICE_CHARGE_WORD_OPERATIONS_LENGTH = 16, /* 0: nothing to ask, since the request is denied */
  SLUICE_CHARGE_WORDS = 17,
};

enum sluice_charge_verdict {
  SLUICE_CHARGE_VERDICT_ASK = 0, /* its object's to say */
  SLUICE_CHARGE_VERDICT_ADMITTED = 1,
  SLUICE_CHARGE_VERDICT_DENIED = 2,
  SLUICE_CHARGE_VERDICT_EXEMPT = 3,  /* the limit's "allow": not counted */
  SLUICE_CHARGE_VERDICT_REFUSED = 4, /* the limit's "deny" */
};

enum sluice_charge_source {
  SLUICE_CHARGE_SOURCE_ASK = 0,
  SLUICE_CHARGE_SOURCE_LEASE = 1,      /* units that the object granted before */
  SLUICE_CHARGE_SOURCE_DENY_CACHE = 2, /* what the object said a moment ago */
};

/* Bits. */
enum sluice_charge_flag {
  SLUICE_CHARGE_FLAG_SHADOW = 1,  /* counted, never enforced */
  SLUICE_CHARGE_FLAG_BLOCKED = 2, /* denied by a block */
};

/* Words of what sluice_ledger_install yields. */
enum sluice_installed {
  SLUICE_INSTALLED_WORD_ALLOWED = 0,
  SLUICE_INSTALLED_WORD_FLAGS = 1, /* sluice_charge_flag: blocked */
  SLUICE_INSTALLED_WORD_REMAINING = 2,
  SLUICE_INSTALLED_WORD_LEASED = 3, /* 1: a lease came */
  SLUICE_INSTALLED_WORD_RESET_MS = 4,
  SLUICE_INSTALLED_WORD_RETRY_MS = 6, /* NaN: never, or not denied */
  SLUICE_INSTALLED_WORD_SPENT = 8, /* u64: the lease that paid, though the object denied; else 0 */
  SLUICE_INSTALLED_WORDS = 10,     /* then operations that the object is to be sent, if any */
};

/* Words of one of the leases that sluice_ledger_due_returns yields. */
enum sluice_lease_return {
  SLUICE_LEASE_RETURN_WORD_LEASE = 0, /* u64 */
  SLUICE_LEASE_RETURN_WORD_UNITS = 2,
  SLUICE_LEASE_RETURN_WORDS = 4,
};

enum sluice_charge_mode {
  SLUICE_CHARGE_MODE_CHARGE = 0, /* all or nothing */
  SLUICE_CHARGE_MODE_PEEK = 1,   /* the verdicts that a charge would get; nothing is charged */
  SLUICE_CHARGE_MODE_REFUND = 2, /* gives units back; the verdicts are those of a peek of cost 1 */
  SLUICE_CHARGE_MODE_RESET = 3,  /* forgets the counters */
};

enum sluice_query_language {
  SLUICE_QUERY_LANGUAGE_JSONPATH = 0,
  SLUICE_QUERY_LANGUAGE_JMESPATH = 1,
};

/* What a schema's compilation is told. Resources are pairs of slots, as many as there are: the URI,
 * and the JSON of what it names. */
enum sluice_schema_slot {
  SLUICE_SCHEMA_SLOT_DIALECT = 0, /* name or URI; absent: 2020-12 */
  SLUICE_SCHEMA_SLOT_FIRST_RESOURCE = 1,
};

/* Bits. */
enum sluice_schema_flag {
  SLUICE_SCHEMA_FLAG_ASSERT_FORMAT = 1,
  SLUICE_SCHEMA_FLAG_BUDGETED_PATTERNS = 2,
};

/* As schema::Output. */
enum sluice_schema_output {
  SLUICE_SCHEMA_OUTPUT_FLAG = 0,
  SLUICE_SCHEMA_OUTPUT_BASIC = 1,
  SLUICE_SCHEMA_OUTPUT_DETAILED = 2,
  SLUICE_SCHEMA_OUTPUT_ERRORS = 3,
  SLUICE_SCHEMA_OUTPUT_ERROR_FRAME = 4,
};

/* Words of SLUICE_SCHEMA_OUTPUT_ERROR_FRAME. Then come sluice_error for each error, and the texts
 * (UTF-8) of all of them one behind the other, in the order of the words. */
enum sluice_errors {
  SLUICE_ERRORS_WORD_VERSION = 0,
  SLUICE_ERRORS_WORD_COUNT = 1,
  SLUICE_ERRORS_WORDS = 2,
};

/* But for the first, lengths of texts in bytes, or SLUICE_ABSENT. */
enum sluice_error {
  SLUICE_ERROR_WORD_BYTE_OFFSET = 0,
  SLUICE_ERROR_WORD_INSTANCE_LOCATION = 1,
  SLUICE_ERROR_WORD_KEYWORD_LOCATION = 2,
  SLUICE_ERROR_WORD_ABSOLUTE_LOCATION = 3,
  SLUICE_ERROR_WORD_KEYWORD = 4,
  SLUICE_ERROR_WORD_MESSAGE = 5,
  SLUICE_ERROR_WORD_EXPECTED = 6,
  SLUICE_ERROR_WORD_ACTUAL = 7,
  SLUICE_ERROR_WORDS = 8,
};

/* What sluice_policy_checked_transform checks. Bits. */
enum sluice_check {
  SLUICE_CHECK_RESULT = 1, /* what the transform makes; else the document that comes in */
  SLUICE_CHECK_REPORT = 2, /* a document that isn't valid is transformed all the same */
};

/* Words of what sluice_features_compile yields: what JavaScript needs to show results. Addresses
 * are of tables of (offset, length) pairs, the offsets from the pool: of the keys of the features
 * (UTF-8) by number, each pair at the start of a row of FEATURE_BYTES; of the texts (JSON) by
 * number; of the simple URL patterns (UTF-8); of the names of the attributes that anything looks at
 * (UTF-8) by number. All lie between POOL and END, unchanged until the handle is disposed of. */
enum sluice_features {
  SLUICE_FEATURES_WORD_VERSION = 0,
  SLUICE_FEATURES_WORD_POOL = 1,
  SLUICE_FEATURES_WORD_END = 2,
  SLUICE_FEATURES_WORD_NEEDS_URL = 3, /* 1: it has URL targets, so evaluate wants the URL's parts */
  SLUICE_FEATURES_WORD_FEATURES = 4,
  SLUICE_FEATURES_WORD_FEATURE_COUNT = 5,
  SLUICE_FEATURES_WORD_FEATURE_BYTES = 6,
  SLUICE_FEATURES_WORD_TEXTS = 7,
  SLUICE_FEATURES_WORD_TEXT_COUNT = 8,
  SLUICE_FEATURES_WORD_PATTERNS = 9,
  SLUICE_FEATURES_WORD_PATTERN_COUNT = 10,
  SLUICE_FEATURES_WORD_ATTRIBUTES = 11,
  SLUICE_FEATURES_WORD_ATTRIBUTE_COUNT = 12,
  SLUICE_FEATURES_WORDS = 13,
};

/* What an evaluation is told. All are JSON but the URL, as it is, and the numbers of features. */
enum sluice_evaluate_slot {
  SLUICE_EVALUATE_SLOT_ATTRIBUTES = 0,
  SLUICE_EVALUATE_SLOT_FORCED_VARIATIONS = 1,
  SLUICE_EVALUATE_SLOT_STICKY_BUCKETS = 2, /* absent: buckets aren't sticky */
  SLUICE_EVALUATE_SLOT_URL = 3,
  SLUICE_EVALUATE_SLOT_URL_PARTS = 4, /* an object, see wasm/experiment/evaluate.h */
  SLUICE_EVALUATE_SLOT_FEATURES = 5,  /* words; absent: all features, and the experiments */
};

/* Words of a user's attributes and of what to evaluate. Then come the numbers of features, a
 * sluice_attribute for each attribute that there is, and the texts, back to back in that order. */
enum sluice_attributes {
  SLUICE_ATTRIBUTES_WORD_VERSION = 0,
  SLUICE_ATTRIBUTES_WORD_FEATURE_COUNT = 1, /* SLUICE_ABSENT: all features, and the experiments */
  SLUICE_ATTRIBUTES_WORD_ATTRIBUTE_COUNT = 2,
  SLUICE_ATTRIBUTES_WORDS = 3,
};

enum sluice_attribute {
  SLUICE_ATTRIBUTE_WORD_ATTRIBUTE = 0, /* number, and in the highest byte sluice_attribute_type */
  SLUICE_ATTRIBUTE_WORD_VALUE = 1,     /* length of the text; a number: f64, here and behind */
  SLUICE_ATTRIBUTE_WORDS = 3,
};

enum sluice_attribute_type {
  SLUICE_ATTRIBUTE_TYPE_TEXT = 0,
  SLUICE_ATTRIBUTE_TYPE_NUMBER = 1,  /* finite */
  SLUICE_ATTRIBUTE_TYPE_BOOLEAN = 2, /* a number, 0 or 1 */
  SLUICE_ATTRIBUTE_TYPE_LIST = 3,    /* a text: texts between commas */
  SLUICE_ATTRIBUTE_TYPE_JSON = 4,    /* a text */
};

enum sluice_evaluate_flag {
  SLUICE_EVALUATE_FLAG_QA_MODE = 1,  /* nobody is in an experiment but who is forced */
  SLUICE_EVALUATE_FLAG_DISABLED = 2, /* no experiments */
};

/* Words of the results. Then come sluice_feature_result for each feature, the numbers of the
 * details of the payload's experiments, of exposures, texts of tracks, the numbers of the details
 * whose sticky buckets are new, and sluice_detail for each detail; then bytes. */
enum sluice_results {
  SLUICE_RESULTS_WORD_VERSION = 0,
  SLUICE_RESULTS_WORD_LENGTH = 1,
  SLUICE_RESULTS_WORD_FEATURE_COUNT = 2,
  SLUICE_RESULTS_WORD_RUN_COUNT = 3,
  SLUICE_RESULTS_WORD_EXPOSURE_COUNT = 4,
  SLUICE_RESULTS_WORD_TRACK_COUNT = 5,
  SLUICE_RESULTS_WORD_ASSIGNED_COUNT = 6,
  SLUICE_RESULTS_WORD_DETAIL_COUNT = 7,
  SLUICE_RESULTS_WORDS = 8,
};

enum sluice_feature_result {
  SLUICE_FEATURE_RESULT_WORD_FEATURE = 0, /* its number, and in the highest byte sluice_source */
  SLUICE_FEATURE_RESULT_WORD_VALUE = 1,   /* text, or SLUICE_ABSENT: null */
  SLUICE_FEATURE_RESULT_WORD_RULE_ID = 2, /* text, or SLUICE_ABSENT: none */
  SLUICE_FEATURE_RESULT_WORD_DETAIL = 3,  /* number, or SLUICE_ABSENT */
  SLUICE_FEATURE_RESULT_WORDS = 4,
};

enum sluice_source {
  SLUICE_SOURCE_UNKNOWN_FEATURE = 0,
  SLUICE_SOURCE_DEFAULT_VALUE = 1,
  SLUICE_SOURCE_FORCE = 2,
  SLUICE_SOURCE_OVERRIDE = 3,
  SLUICE_SOURCE_EXPERIMENT = 4,
  SLUICE_SOURCE_PREREQUISITE = 5,
  SLUICE_SOURCE_CYCLIC_PREREQUISITE = 6,
};

/* How one experiment came out. */
enum sluice_detail {
  SLUICE_DETAIL_WORD_EXPERIMENT = 0, /* text: the rule, or the payload's experiment, as it is */
  SLUICE_DETAIL_WORD_FEATURE = 1,    /* number, or SLUICE_ABSENT */
  SLUICE_DETAIL_WORD_FLAGS = 2,      /* sum of sluice_detail_flag */
  SLUICE_DETAIL_WORD_VARIATION = 3,
  SLUICE_DETAIL_WORD_BUCKET = 4,       /* and 5: f64 */
  SLUICE_DETAIL_WORD_ATTRIBUTE = 6,    /* text: the hashed attribute's name; SLUICE_ABSENT: "id" */
  SLUICE_DETAIL_WORD_VALUE_OFFSET = 7, /* JSON of its value, in bytes from the frame's start */
  SLUICE_DETAIL_WORD_VALUE_LENGTH = 8,
  SLUICE_DETAIL_WORD_LEAF = 9, /* text: the bandit's context, or SLUICE_ABSENT: none fits */
  SLUICE_DETAIL_WORD_LEAF_VERSION = 10, /* text: the bandit's version, or SLUICE_ABSENT */
  SLUICE_DETAIL_WORDS = 12,
};

enum sluice_detail_flag {
  SLUICE_DETAIL_FLAG_IN_EXPERIMENT = 1,
  SLUICE_DETAIL_FLAG_HASH_USED = 2,
  SLUICE_DETAIL_FLAG_STICKY_USED = 4,
  SLUICE_DETAIL_FLAG_HAS_BUCKET = 8,
  SLUICE_DETAIL_FLAG_PASSTHROUGH = 16,
  SLUICE_DETAIL_FLAG_FALLBACK_USED = 32,
  SLUICE_DETAIL_FLAG_HAS_LEAF = 64,
};

/* Bytes of the core, valid until the next call into the instance. */
typedef struct sluice_borrowed {
  const uint8_t* data;
  uint32_t length;
} sluice_borrowed;

/* As u32 words on wasm32: 0-1 bytes, 2-3 second, 4 handle, 5 flag, 6-7 number, 8-9 second_number
 * (f64). */
typedef struct sluice_result {
  sluice_borrowed bytes;
  sluice_borrowed second;
  uint32_t handle;
  uint32_t flag;
  double number;
  double second_number;
} sluice_result;

/* SLUICE_ABI_VERSION. Returns it instead of a status. */
SLUICE_EXPORT uint32_t sluice_abi_version(void);

/* Keys the instance's hash tables with the 16 bytes at `seed`. Must be called once, before anything
 * that reads input or takes or gives a handle; again is SLUICE_INVALID_ARGUMENT. */
SLUICE_EXPORT uint32_t sluice_init(const uint8_t* seed, uint32_t length);

/* Address of the sluice_result. */
SLUICE_EXPORT const sluice_result* sluice_result_address(void);

/* Memory for `length` bytes of input (also before sluice_init, for the seed), 8-byte aligned; null
 * if that is over the budget (32 MiB) or memory is short. Valid, with what was written, until a
 * sluice_input call with a greater length; if `length` is over SLUICE_INPUT_KEPT, until the next
 * other call ends, whatever that is: large memory is given back. */
SLUICE_EXPORT uint8_t* sluice_input(uint32_t length);

/* Frees what the handle stands for. */
SLUICE_EXPORT uint32_t sluice_dispose(uint32_t handle);

/* Compiles a policy: result.handle. Fails with all issues. */
SLUICE_EXPORT uint32_t sluice_policy_compile(const uint8_t* json, uint32_t length);
/* The static side of a compiled policy as JSON (PolicyDescription in worker-shim/core). */
SLUICE_EXPORT uint32_t sluice_policy_describe(uint32_t policy);
/* Facts of the match slots → sluice_match frame in result.bytes. Charges are answered by the
 * instance's ledger where it can, all or nothing, and leased units are then spent. */
SLUICE_EXPORT uint32_t sluice_policy_match(uint32_t policy, const uint8_t* facts, uint32_t length,
                                           double now_ms);
/* Facts that the route needs → sluice_plan frame in result.bytes, with charges as those of match.
 */
SLUICE_EXPORT uint32_t sluice_policy_decide(uint32_t policy, uint32_t route, const uint8_t* facts,
                                            uint32_t length, double now_ms);
/* Gives what the policy keys with it the secret of this number in the description's `secrets`: at
 * least as many bytes as that says, which are copied. */
SLUICE_EXPORT uint32_t sluice_policy_set_secret(uint32_t policy, uint32_t number,
                                                const uint8_t* secret, uint32_t length);
/* The description's `urlPatterns`, parsed by the host: as sluice_features_set_url_patterns takes
 * them. */
SLUICE_EXPORT uint32_t sluice_policy_set_url_patterns(uint32_t policy, const uint8_t* json,
                                                      uint32_t length);
/* Runs the policy's transform number `transform` on a document and an inputs frame: result.bytes.
 */
SLUICE_EXPORT uint32_t sluice_policy_transform(uint32_t policy, uint32_t transform,
                                               const uint8_t* json, uint32_t length,
                                               const uint8_t* inputs, uint32_t inputs_length);
/* The same, and checks the document or the result by schema number `schema`, as `check` (the sum of
 * sluice_check) says: result.flag is 1 if that is valid, else result.second tells why as
 * SLUICE_SCHEMA_OUTPUT_ERRORS has it; if it was the document, it isn't transformed. */
SLUICE_EXPORT uint32_t sluice_policy_checked_transform(uint32_t policy, uint32_t transform,
                                                       uint32_t schema, uint32_t check,
                                                       const uint8_t* json, uint32_t length,
                                                       const uint8_t* inputs,
                                                       uint32_t inputs_length);
/* Checks a document by the policy's schema number `schema`: result.flag is 1 if it is valid; else
 * result.bytes tells why as SLUICE_SCHEMA_OUTPUT_ERRORS has it, at most 16 faults. */
SLUICE_EXPORT uint32_t sluice_policy_validate(uint32_t policy, uint32_t schema, const uint8_t* json,
                                              uint32_t length);

/* Compiles an array of steps: result.handle, and as JSON {"inputs", "secrets"} in result.bytes, the
 * names that the steps use by their numbers. Fails with all issues. */
SLUICE_EXPORT uint32_t sluice_transform_compile(const uint8_t* json, uint32_t length);
/* A secret's value by the number of its name: at least one byte, which is copied. */
SLUICE_EXPORT uint32_t sluice_transform_set_secret(uint32_t transform, uint32_t number,
                                                   const uint8_t* secret, uint32_t length);
/* Runs it on a document and an inputs frame: result.bytes. */
SLUICE_EXPORT uint32_t sluice_transform_apply(uint32_t transform, const uint8_t* json,
                                              uint32_t length, const uint8_t* inputs,
                                              uint32_t inputs_length);

/* Compiles a JSONPath (RFC 9535) or a JMESPath, by sluice_query_language: result.handle. A fault is
 * SLUICE_INVALID_QUERY with the byte offset in the text. */
SLUICE_EXPORT uint32_t sluice_query_compile(uint32_t language, const uint8_t* text,
                                            uint32_t length);
/* result.bytes as JSON: of a JSONPath an array of the exact texts of the values that it selects, of
 * a JMESPath its value. */
SLUICE_EXPORT uint32_t sluice_query_run(uint32_t query, const uint8_t* json, uint32_t length);
/* result.bytes: a JSON array of the normalized paths of what a JSONPath selects, in the same order.
 */
SLUICE_EXPORT uint32_t sluice_query_paths(uint32_t query, const uint8_t* json, uint32_t length);

/* Compiles a JSON Schema: result.handle, and as JSON {"notes": [{"code", "location", "byteOffset",
 * "message"}]} in result.bytes, what is no fault and should be known. `options`: a frame of
 * SLUICE_SCHEMA_VERSION with the slots of sluice_schema_slot, or empty; `flags`: the sum of
 * sluice_schema_flag. Fails with all issues; the pointer of one in a resource is
 * `<uri>#<pointer>`. */
SLUICE_EXPORT uint32_t sluice_schema_compile(const uint8_t* json, uint32_t length,
                                             const uint8_t* options, uint32_t options_length,
                                             uint32_t flags);
/* Whether a document is valid: result.flag. */
SLUICE_EXPORT uint32_t sluice_schema_is_valid(uint32_t schema, const uint8_t* json,
                                              uint32_t length);
/* The same, and why it isn't: result.bytes in the form `output` (sluice_schema_output), JSON but
 * for ERROR_FRAME, of at most `max_errors` faults. Empty for a valid document, but for BASIC and
 * DETAILED. */
SLUICE_EXPORT uint32_t sluice_schema_validate(uint32_t schema, uint32_t output, uint32_t max_errors,
                                              const uint8_t* json, uint32_t length);

/* Compiles a policy's "limits" alone: result.bytes is the description's `limits` array. */
SLUICE_EXPORT uint32_t sluice_limits_compile(const uint8_t* json, uint32_t length);
/* A table of at most `max_entries` counters (64 to 2,000,000; less is taken as 64): result.handle.
 */
SLUICE_EXPORT uint32_t sluice_counters_create(uint32_t max_entries);
/* Charges: words SLUICE_CHARGES_VERSION, count, then per charge a Rule (32 bytes, from the
 * description), u32 cost, u32 subject offset and u32 length (bytes from the frame's start), u32 0;
 * then the subjects. result.bytes is a reply frame (wasm/limit/frames.h). A table that is full is
 * SLUICE_BUDGET_EXCEEDED. */
SLUICE_EXPORT uint32_t sluice_counters_charge(uint32_t counters, uint32_t mode,
                                              const uint8_t* charges, uint32_t length,
                                              double now_ms);
/* The rules that charge_one and block know by number: 32 bytes each. Counters are kept: those of a
 * rule whose id stays go on under its new amounts. */
SLUICE_EXPORT uint32_t sluice_counters_set_rules(uint32_t counters, const uint8_t* rules,
                                                 uint32_t length);
/* One charge of a subject, without frames: result.handle is the units that remain, result.flag 1 if
 * it is admitted, result.number after how many milliseconds the full quota is there again, and
 * result.second_number after how many the charge could pass; -1: it did, or never. */
SLUICE_EXPORT uint32_t sluice_counters_charge_one(uint32_t counters, uint32_t rule, uint32_t cost,
                                                  const uint8_t* subject, uint32_t length,
                                                  double now_ms);
/* Denies every charge of the subject until `until_ms`; a time that has passed ends a block. */
SLUICE_EXPORT uint32_t sluice_counters_block(uint32_t counters, uint32_t rule,
                                             const uint8_t* subject, uint32_t length,
                                             double until_ms);
/* The counters that have changed since the last time, a million at most: result.bytes. */
SLUICE_EXPORT uint32_t sluice_counters_drain(uint32_t counters);
/* Puts what was drained under the same seed over what is there. */
SLUICE_EXPORT uint32_t sluice_counters_load(uint32_t counters, const uint8_t* changes,
                                            uint32_t length, double now_ms);
/* A limiter object's step (wasm/limit/step.h): result.bytes is the reply,
 * result.second the new state, result.handle 1 if the state must be durable before the reply is
 * sent. `restored` (0 or 1): the state comes from storage and this is the first step since. */
SLUICE_EXPORT uint32_t sluice_limit_step(const uint8_t* request, uint32_t request_length,
                                         const uint8_t* state, uint32_t state_length,
                                         uint32_t restored, double now_ms);

/* Compiles a GrowthBook payload: result.handle, its sluice_features frame in result.bytes, and the
 * faults that don't stop it as JSON {"issues", "issueCount"} in result.second, empty if there are
 * none. */
SLUICE_EXPORT uint32_t sluice_features_compile(const uint8_t* json, uint32_t length);
/* The simple URL patterns of the payload, parsed by the host: a JSON array, in the description's
 * order, of {"host", "pathname", "hash", "query": [[name, value]]} or null for what is no URL. */
SLUICE_EXPORT uint32_t sluice_features_set_url_patterns(uint32_t features, const uint8_t* json,
                                                        uint32_t length);
/* Evaluates for one user: a frame of SLUICE_EVALUATE_VERSION with the slots of
 * sluice_evaluate_slot, and the sum of sluice_evaluate_flag; a sluice_results frame in
 * result.bytes. */
SLUICE_EXPORT uint32_t sluice_features_evaluate(uint32_t features, const uint8_t* frame,
                                                uint32_t length, uint32_t flags);
/* The same for a sluice_attributes frame. */
SLUICE_EXPORT uint32_t sluice_features_decide(uint32_t features, const uint8_t* frame,
                                              uint32_t length, uint32_t flags);
/* The numbers of the attributes that features, words, and those that they depend on look at:
 * result.bytes are words. */
SLUICE_EXPORT uint32_t sluice_features_dependencies(uint32_t features, const uint8_t* numbers,
                                                    uint32_t length);
/* The ledger is the instance's own: it outlives policies. */
/* Notes an object's verdict on a charge, once at most for each. The input: the charge's operation
 * as the plan had it (its last 64 bytes), the verdict out of the reply (48 bytes), the subject.
 * `sent_ms` is when the request was sent. A denial is believed for `deny_cache_ms` at most.
 * result.bytes: sluice_installed. */
SLUICE_EXPORT uint32_t sluice_ledger_install(const uint8_t* charge, uint32_t length, double sent_ms,
                                             double now_ms, double deny_cache_ms);
/* Gives back what a charge spent of a lease. */
SLUICE_EXPORT uint32_t sluice_ledger_give_back(uint32_t lease_low, uint32_t lease_high,
                                               uint32_t cost, double now_ms);
/* Leases to be returned now, some at a time: result.bytes is an array of sluice_lease_return. */
SLUICE_EXPORT uint32_t sluice_ledger_due_returns(double now_ms);

/* GrowthBook's bucketing hash: result.number, NaN for an unknown version. */
SLUICE_EXPORT uint32_t sluice_hash(const uint8_t* seed, uint32_t seed_length, const uint8_t* value,
                                   uint32_t value_length, uint32_t version);

/* The test for sample ratio mismatch of users counted by variation against the variations' weights,
 * both f64 little-endian: result.number is chi-square, result.second_number p, result.flag the
 * degrees of freedom. */
SLUICE_EXPORT uint32_t sluice_sample_ratio(const uint8_t* counts, uint32_t counts_length,
                                           const uint8_t* weights, uint32_t weights_length);

#ifdef __cplusplus
} /* extern "C" */
#endif

#endif /* SLUICE_ABI_SLUICE_H_ */
