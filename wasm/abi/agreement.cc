// The header that JavaScript's numbers come from and the rooms agree. Nothing here runs.
#include <cstddef>

#include "sluice/abi/counters.h"
#include "sluice/abi/query.h"
#include "sluice/abi/sluice.h"
#include "sluice/base/slot_frame.h"
#include "sluice/base/status.h"
#include "sluice/experiment/decide.h"
#include "sluice/experiment/evaluate.h"
#include "sluice/limit/frames.h"
#include "sluice/limit/ledger.h"
#include "sluice/limit/rule.h"
#include "sluice/policy/frames.h"
#include "sluice/schema/output.h"

namespace sluice::abi {
namespace {

template <typename A, typename B>
constexpr bool Agree(A a, B b) {
  return static_cast<uint32_t>(a) == static_cast<uint32_t>(b);
}

static_assert(Agree(SLUICE_OK, ErrorCode::kOk));
static_assert(Agree(SLUICE_INVALID_JSON, ErrorCode::kInvalidJson));
static_assert(Agree(SLUICE_INVALID_POLICY, ErrorCode::kInvalidPolicy));
static_assert(Agree(SLUICE_INVALID_ARGUMENT, ErrorCode::kInvalidArgument));
static_assert(Agree(SLUICE_STALE_HANDLE, ErrorCode::kStaleHandle));
static_assert(Agree(SLUICE_BUDGET_EXCEEDED, ErrorCode::kBudgetExceeded));
static_assert(Agree(SLUICE_POISONED, ErrorCode::kPoisoned));
static_assert(Agree(SLUICE_INTERNAL, ErrorCode::kInternal));
static_assert(Agree(SLUICE_INVALID_QUERY, ErrorCode::kInvalidQuery));
static_assert(Agree(SLUICE_INVALID_TRANSFORM, ErrorCode::kInvalidTransform));
static_assert(Agree(SLUICE_TRANSFORM_FAILED, ErrorCode::kTransformFailed));
static_assert(Agree(SLUICE_QUERY_FAILED, ErrorCode::kQueryFailed));
static_assert(Agree(SLUICE_MISSING_SECRET, ErrorCode::kMissingSecret));
static_assert(Agree(SLUICE_INVALID_SCHEMA, ErrorCode::kInvalidSchema));

static_assert(Agree(SLUICE_ABSENT, policy::kAbsent));
static_assert(Agree(SLUICE_ABSENT, SlotFrame::kAbsent));
static_assert(Agree(SLUICE_FACTS_VERSION, policy::kFactsVersion));
static_assert(Agree(SLUICE_MATCH_VERSION, policy::kMatchVersion));
static_assert(Agree(SLUICE_PLAN_VERSION, policy::kPlanVersion));

static_assert(Agree(SLUICE_SCHEMA_OUTPUT_FLAG, schema::Output::kFlag));
static_assert(Agree(SLUICE_SCHEMA_OUTPUT_BASIC, schema::Output::kBasic));
static_assert(Agree(SLUICE_SCHEMA_OUTPUT_DETAILED, schema::Output::kDetailed));
static_assert(Agree(SLUICE_SCHEMA_OUTPUT_ERRORS, schema::Output::kErrors));
static_assert(Agree(SLUICE_SCHEMA_OUTPUT_ERROR_FRAME, schema::Output::kErrorFrame));

static_assert(Agree(SLUICE_ERRORS_VERSION, schema::kErrorFrameVersion));
static_assert(Agree(SLUICE_ERRORS_WORDS, schema::kErrorFrameWords));
static_assert(Agree(SLUICE_ERROR_WORD_BYTE_OFFSET, schema::ErrorWord::kByteOffset));
static_assert(Agree(SLUICE_ERROR_WORD_INSTANCE_LOCATION, schema::ErrorWord::kInstanceLocation));
static_assert(Agree(SLUICE_ERROR_WORD_KEYWORD_LOCATION, schema::ErrorWord::kKeywordLocation));
static_assert(Agree(SLUICE_ERROR_WORD_ABSOLUTE_LOCATION, schema::ErrorWord::kAbsoluteLocation));
static_assert(Agree(SLUICE_ERROR_WORD_KEYWORD, schema::ErrorWord::kKeyword));
static_assert(Agree(SLUICE_ERROR_WORD_MESSAGE, schema::ErrorWord::kMessage));
static_assert(Agree(SLUICE_ERROR_WORD_EXPECTED, schema::ErrorWord::kExpected));
static_assert(Agree(SLUICE_ERROR_WORD_ACTUAL, schema::ErrorWord::kActual));
static_assert(Agree(SLUICE_ERROR_WORDS, schema::kErrorWords));

static_assert(Agree(SLUICE_SOURCE_UNKNOWN_FEATURE, experiment::Source::kUnknownFeature));
static_assert(Agree(SLUICE_SOURCE_DEFAULT_VALUE, experiment::Source::kDefaultValue));
static_assert(Agree(SLUICE_SOURCE_FORCE, experiment::Source::kForce));
static_assert(Agree(SLUICE_SOURCE_OVERRIDE, experiment::Source::kOverride));
static_assert(Agree(SLUICE_SOURCE_EXPERIMENT, experiment::Source::kExperiment));
static_assert(Agree(SLUICE_SOURCE_PREREQUISITE, experiment::Source::kPrerequisite));
static_assert(Agree(SLUICE_SOURCE_CYCLIC_PREREQUISITE, experiment::Source::kCyclicPrerequisite));

static_assert(Agree(SLUICE_ATTRIBUTE_TYPE_TEXT, experiment::AttributeType::kText));
static_assert(Agree(SLUICE_ATTRIBUTE_TYPE_NUMBER, experiment::AttributeType::kNumber));
static_assert(Agree(SLUICE_ATTRIBUTE_TYPE_BOOLEAN, experiment::AttributeType::kBoolean));
static_assert(Agree(SLUICE_ATTRIBUTE_TYPE_LIST, experiment::AttributeType::kList));
static_assert(Agree(SLUICE_ATTRIBUTE_TYPE_JSON, experiment::AttributeType::kJson));

static_assert(Agree(SLUICE_SLOT_METHOD, policy::kSlotMethod));
static_assert(Agree(SLUICE_SLOT_HOST, policy::kSlotHost));
static_assert(Agree(SLUICE_SLOT_PATH, policy::kSlotPath));
static_assert(Agree(SLUICE_SLOT_QUERY, policy::kSlotQuery));
static_assert(Agree(SLUICE_SLOT_IP, policy::kSlotIp));
static_assert(Agree(SLUICE_SLOT_RANDOM, policy::kSlotRandom));
static_assert(Agree(SLUICE_SLOT_DIGEST, policy::kSlotDigest));
static_assert(Agree(SLUICE_SLOT_URL, policy::kSlotUrl));
static_assert(Agree(SLUICE_SLOT_FIRST_NAMED, policy::kSlotFirstNamed));

static_assert(Agree(SLUICE_OUTCOME_PROCEED, policy::Outcome::kProceed));
static_assert(Agree(SLUICE_OUTCOME_NOT_FOUND, policy::Outcome::kNotFound));
static_assert(Agree(SLUICE_OUTCOME_METHOD_NOT_ALLOWED, policy::Outcome::kMethodNotAllowed));
static_assert(Agree(SLUICE_OUTCOME_BAD_TARGET, policy::Outcome::kBadTarget));
static_assert(Agree(SLUICE_OUTCOME_UNAUTHORIZED, policy::Outcome::kUnauthorized));

static_assert(Agree(SLUICE_MATCH_WORD_VERSION, policy::kMatchVersionWord));
static_assert(Agree(SLUICE_MATCH_WORD_LENGTH, policy::kMatchLength));
static_assert(Agree(SLUICE_MATCH_WORD_OUTCOME, policy::kMatchOutcome));
static_assert(Agree(SLUICE_MATCH_WORD_ROUTE, policy::kMatchRoute));
static_assert(Agree(SLUICE_MATCH_WORD_DETAIL_OFFSET, policy::kMatchDetailOffset));
static_assert(Agree(SLUICE_MATCH_WORD_DETAIL_LENGTH, policy::kMatchDetailLength));
static_assert(Agree(SLUICE_MATCH_WORD_CHARGE_COUNT, policy::kMatchChargeCount));
static_assert(Agree(SLUICE_MATCH_WORD_CHARGES_OFFSET, policy::kMatchChargesOffset));
static_assert(Agree(SLUICE_MATCH_WORDS, policy::kMatchWords));

static_assert(Agree(SLUICE_PLAN_WORD_VERSION, policy::kPlanVersionWord));
static_assert(Agree(SLUICE_PLAN_WORD_LENGTH, policy::kPlanLength));
static_assert(Agree(SLUICE_PLAN_WORD_OUTCOME, policy::kPlanOutcome));
static_assert(Agree(SLUICE_PLAN_WORD_UPSTREAM, policy::kPlanUpstream));
static_assert(Agree(SLUICE_PLAN_WORD_TRANSFORM, policy::kPlanTransform));
static_assert(Agree(SLUICE_PLAN_WORD_PATH_OFFSET, policy::kPlanPathOffset));
static_assert(Agree(SLUICE_PLAN_WORD_PATH_LENGTH, policy::kPlanPathLength));
static_assert(Agree(SLUICE_PLAN_WORD_IDENTITY_OFFSET, policy::kPlanIdentityOffset));
static_assert(Agree(SLUICE_PLAN_WORD_IDENTITY_LENGTH, policy::kPlanIdentityLength));
static_assert(Agree(SLUICE_PLAN_WORD_REDIRECT_OFFSET, policy::kPlanRedirectOffset));
static_assert(Agree(SLUICE_PLAN_WORD_REDIRECT_LENGTH, policy::kPlanRedirectLength));
static_assert(Agree(SLUICE_PLAN_WORD_FLAGS_OFFSET, policy::kPlanFlagsOffset));
static_assert(Agree(SLUICE_PLAN_WORD_FLAGS_LENGTH, policy::kPlanFlagsLength));
static_assert(Agree(SLUICE_PLAN_WORD_VISITOR_OFFSET, policy::kPlanVisitorOffset));
static_assert(Agree(SLUICE_PLAN_WORD_VISITOR_LENGTH, policy::kPlanVisitorLength));
static_assert(Agree(SLUICE_PLAN_WORD_VARIANT_COUNT, policy::kPlanVariantCount));
static_assert(Agree(SLUICE_PLAN_WORD_VARIANTS_OFFSET, policy::kPlanVariantsOffset));
static_assert(Agree(SLUICE_PLAN_WORD_COOKIE_COUNT, policy::kPlanCookieCount));
static_assert(Agree(SLUICE_PLAN_WORD_COOKIES_OFFSET, policy::kPlanCookiesOffset));
static_assert(Agree(SLUICE_PLAN_WORD_EXPOSURE_COUNT, policy::kPlanExposureCount));
static_assert(Agree(SLUICE_PLAN_WORD_EXPOSURES_OFFSET, policy::kPlanExposuresOffset));
static_assert(Agree(SLUICE_PLAN_WORD_CHARGE_COUNT, policy::kPlanChargeCount));
static_assert(Agree(SLUICE_PLAN_WORD_CHARGES_OFFSET, policy::kPlanChargesOffset));
static_assert(Agree(SLUICE_PLAN_WORD_INPUT_COUNT, policy::kPlanInputCount));
static_assert(Agree(SLUICE_PLAN_WORD_INPUTS_OFFSET, policy::kPlanInputsOffset));
static_assert(Agree(SLUICE_PLAN_WORD_FAULTS_OFFSET, policy::kPlanFaultsOffset));
static_assert(Agree(SLUICE_PLAN_WORD_FAULTS_LENGTH, policy::kPlanFaultsLength));
static_assert(Agree(SLUICE_PLAN_WORDS, policy::kPlanWords));

static_assert(Agree(SLUICE_EXPOSURE_WORD_ID_OFFSET, policy::kExposureIdOffset));
static_assert(Agree(SLUICE_EXPOSURE_WORD_ID_LENGTH, policy::kExposureIdLength));
static_assert(Agree(SLUICE_EXPOSURE_WORD_FEATURE_OFFSET, policy::kExposureFeatureOffset));
static_assert(Agree(SLUICE_EXPOSURE_WORD_FEATURE_LENGTH, policy::kExposureFeatureLength));
static_assert(Agree(SLUICE_EXPOSURE_WORD_EXPERIMENT_OFFSET, policy::kExposureExperimentOffset));
static_assert(Agree(SLUICE_EXPOSURE_WORD_EXPERIMENT_LENGTH, policy::kExposureExperimentLength));
static_assert(Agree(SLUICE_EXPOSURE_WORD_VARIATION_OFFSET, policy::kExposureVariationOffset));
static_assert(Agree(SLUICE_EXPOSURE_WORD_VARIATION_LENGTH, policy::kExposureVariationLength));
static_assert(Agree(SLUICE_EXPOSURE_WORD_ATTRIBUTE_OFFSET, policy::kExposureAttributeOffset));
static_assert(Agree(SLUICE_EXPOSURE_WORD_ATTRIBUTE_LENGTH, policy::kExposureAttributeLength));
static_assert(Agree(SLUICE_EXPOSURE_WORD_VALUE_OFFSET, policy::kExposureValueOffset));
static_assert(Agree(SLUICE_EXPOSURE_WORD_VALUE_LENGTH, policy::kExposureValueLength));
static_assert(Agree(SLUICE_EXPOSURE_WORD_VARIATION_INDEX, policy::kExposureVariationIndex));
static_assert(Agree(SLUICE_EXPOSURE_WORD_STICKY, policy::kExposureSticky));
static_assert(Agree(SLUICE_EXPOSURE_WORDS, policy::kExposureWords));

static_assert(Agree(SLUICE_INPUT_CALL_WORD_PATH_OFFSET, policy::kInputPathOffset));
static_assert(Agree(SLUICE_INPUT_CALL_WORD_PATH_LENGTH, policy::kInputPathLength));
static_assert(Agree(SLUICE_INPUT_CALL_WORDS, policy::kInputWords));

static_assert(Agree(SLUICE_CHARGE_WORD_LIMIT, policy::kChargeLimit));
static_assert(Agree(SLUICE_CHARGE_WORD_RULE, policy::kChargeRule));
static_assert(Agree(SLUICE_CHARGE_WORD_COST, policy::kChargeCost));
static_assert(Agree(SLUICE_CHARGE_WORD_VERDICT, policy::kChargeVerdict));
static_assert(Agree(SLUICE_CHARGE_WORD_SOURCE, policy::kChargeSource));
static_assert(Agree(SLUICE_CHARGE_WORD_FLAGS, policy::kChargeFlags));
static_assert(Agree(SLUICE_CHARGE_WORD_SUBJECT_OFFSET, policy::kChargeSubjectOffset));
static_assert(Agree(SLUICE_CHARGE_WORD_SUBJECT_LENGTH, policy::kChargeSubjectLength));
static_assert(Agree(SLUICE_CHARGE_WORD_REMAINING, policy::kChargeRemaining));
static_assert(Agree(SLUICE_CHARGE_WORD_RESET_MS, policy::kChargeResetMs));
static_assert(Agree(SLUICE_CHARGE_WORD_RETRY_MS, policy::kChargeRetryMs));
static_assert(Agree(SLUICE_CHARGE_WORD_ID, policy::kChargeId));
static_assert(Agree(SLUICE_CHARGE_WORD_OPERATIONS_OFFSET, policy::kChargeOperationsOffset));
static_assert(Agree(SLUICE_CHARGE_WORD_OPERATIONS_LENGTH, policy::kChargeOperationsLength));
static_assert(Agree(SLUICE_CHARGE_WORDS, policy::kChargeWords));

static_assert(Agree(SLUICE_CHARGE_VERDICT_ASK, policy::ChargeVerdict::kAsk));
static_assert(Agree(SLUICE_CHARGE_VERDICT_ADMITTED, policy::ChargeVerdict::kAdmitted));
static_assert(Agree(SLUICE_CHARGE_VERDICT_DENIED, policy::ChargeVerdict::kDenied));
static_assert(Agree(SLUICE_CHARGE_VERDICT_EXEMPT, policy::ChargeVerdict::kExempt));
static_assert(Agree(SLUICE_CHARGE_VERDICT_REFUSED, policy::ChargeVerdict::kRefused));

static_assert(Agree(SLUICE_CHARGE_SOURCE_ASK, limit::Source::kAsk));
static_assert(Agree(SLUICE_CHARGE_SOURCE_LEASE, limit::Source::kLease));
static_assert(Agree(SLUICE_CHARGE_SOURCE_DENY_CACHE, limit::Source::kDenyCache));
static_assert(Agree(SLUICE_CHARGE_FLAG_SHADOW, policy::kChargeShadow));
static_assert(Agree(SLUICE_CHARGE_FLAG_BLOCKED, policy::kChargeBlocked));

static_assert(Agree(SLUICE_CHARGE_MODE_CHARGE, ChargeMode::kCharge));
static_assert(Agree(SLUICE_CHARGE_MODE_PEEK, ChargeMode::kPeek));
static_assert(Agree(SLUICE_CHARGE_MODE_REFUND, ChargeMode::kRefund));
static_assert(Agree(SLUICE_CHARGE_MODE_RESET, ChargeMode::kReset));

static_assert(Agree(SLUICE_QUERY_LANGUAGE_JSONPATH, QueryLanguage::kJsonPath));
static_assert(Agree(SLUICE_QUERY_LANGUAGE_JMESPATH, QueryLanguage::kJmesPath));

static_assert(limit::Rule::kEncodedBytes == 32);
static_assert(limit::kMaxChargesPerRequest == policy::kMaxCharges);

#if defined(__wasm__)
static_assert(sizeof(sluice_result) == 40);
static_assert(offsetof(sluice_result, bytes) == 0);
static_assert(offsetof(sluice_result, second) == 8);
static_assert(offsetof(sluice_result, handle) == 16);
static_assert(offsetof(sluice_result, flag) == 20);
static_assert(offsetof(sluice_result, number) == 24);
#endif

}  // namespace
}  // namespace sluice::abi
