#include "sluice/base/status.h"

#include <gtest/gtest.h>

namespace sluice {
namespace {

TEST(Status, CarriesCodeMessageAndOffset) {
  const absl::Status status = MakeError(ErrorCode::kInvalidJson, "expected a value", 17);
  EXPECT_EQ(ErrorCodeOf(status), ErrorCode::kInvalidJson);
  EXPECT_EQ(status.message(), "expected a value");
  EXPECT_EQ(ByteOffsetOf(status), 17u);
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
}

TEST(Status, OffsetIsOptionalAndZeroIsOne) {
  EXPECT_EQ(ByteOffsetOf(MakeError(ErrorCode::kBudgetExceeded, "too long")), std::nullopt);
  EXPECT_EQ(ByteOffsetOf(MakeError(ErrorCode::kInvalidJson, "empty", 0)), 0u);
}

TEST(Status, OkIsOk) {
  EXPECT_EQ(ErrorCodeOf(absl::OkStatus()), ErrorCode::kOk);
  EXPECT_EQ(ByteOffsetOf(absl::OkStatus()), std::nullopt);
  EXPECT_TRUE(MakeError(ErrorCode::kOk, "never shown").ok());
}

TEST(Status, ForeignStatusIsInternal) {
  EXPECT_EQ(ErrorCodeOf(absl::NotFoundError("from elsewhere")), ErrorCode::kInternal);
}

TEST(Status, EveryCodeHasItsNameAndSurvives) {
  const std::pair<ErrorCode, std::string_view> expected[] = {
      {ErrorCode::kInvalidJson, "invalid_json"},
      {ErrorCode::kInvalidPolicy, "invalid_policy"},
      {ErrorCode::kInvalidArgument, "invalid_argument"},
      {ErrorCode::kStaleHandle, "stale_handle"},
      {ErrorCode::kBudgetExceeded, "budget_exceeded"},
      {ErrorCode::kPoisoned, "poisoned"},
      {ErrorCode::kInternal, "internal"},
      {ErrorCode::kInvalidQuery, "invalid_query"},
      {ErrorCode::kInvalidTransform, "invalid_transform"},
      {ErrorCode::kTransformFailed, "transform_failed"},
      {ErrorCode::kQueryFailed, "query_failed"},
      {ErrorCode::kMissingSecret, "missing_secret"},
      {ErrorCode::kInvalidSchema, "invalid_schema"},
  };
  for (const auto& [code, name] : expected) {
    EXPECT_EQ(ErrorCodeName(code), name);
    EXPECT_EQ(ErrorCodeOf(MakeError(code, "x")), code);
  }
}

TEST(Status, SaysWhichBudget) {
  const std::pair<Budget, std::string_view> expected[] = {
      {Budget::kInputBytes, "input_bytes"},
      {Budget::kOutputBytes, "output_bytes"},
      {Budget::kDepth, "depth"},
      {Budget::kSteps, "steps"},
      {Budget::kResults, "results"},
      {Budget::kMemory, "memory"},
      {Budget::kTextBytes, "text_bytes"},
  };
  for (const auto& [budget, name] : expected) {
    EXPECT_EQ(BudgetName(budget), name);
    const absl::Status status = MakeBudgetError(budget, "too much", 7);
    EXPECT_EQ(ErrorCodeOf(status), ErrorCode::kBudgetExceeded);
    EXPECT_EQ(status.code(), absl::StatusCode::kResourceExhausted);
    EXPECT_EQ(BudgetOf(status), budget);
    EXPECT_EQ(ByteOffsetOf(status), 7u);
  }
  EXPECT_EQ(BudgetOf(MakeError(ErrorCode::kBudgetExceeded, "some budget")), std::nullopt);
  EXPECT_EQ(BudgetOf(MakeError(ErrorCode::kInvalidJson, "x", 1)), std::nullopt);
  EXPECT_EQ(BudgetOf(absl::OkStatus()), std::nullopt);
  EXPECT_EQ(ByteOffsetOf(MakeBudgetError(Budget::kDepth, "x")), std::nullopt);
}

TEST(Status, CarriesALocation) {
  const absl::Status failed = MakeError(ErrorCode::kTransformFailed, "the test failed");
  EXPECT_EQ(LocationOf(failed), std::nullopt);
  const absl::Status located = WithLocation(failed, "/1/patch/3");
  EXPECT_EQ(LocationOf(located), "/1/patch/3");
  EXPECT_EQ(ErrorCodeOf(located), ErrorCode::kTransformFailed);
  EXPECT_EQ(located.message(), "the test failed");
  EXPECT_EQ(LocationOf(WithLocation(located, "")), "") << "the root, in the place of the other";
  const absl::Status budget = MakeBudgetError(Budget::kSteps, "x", 5);
  EXPECT_EQ(BudgetOf(WithLocation(budget, "/0")), Budget::kSteps);
  EXPECT_EQ(ByteOffsetOf(WithLocation(budget, "/0")), 5u);
  EXPECT_TRUE(WithLocation(absl::OkStatus(), "/0").ok());
  EXPECT_EQ(LocationOf(WithLocation(absl::OkStatus(), "/0")), std::nullopt);
}

TEST(Status, ChangesItsCodeAndNothingElse) {
  const absl::Status inner =
      WithLocation(MakeError(ErrorCode::kInvalidArgument, "no such function", 3), "/0/query");
  const absl::Status outer = WithCode(inner, ErrorCode::kInvalidQuery);
  EXPECT_EQ(ErrorCodeOf(outer), ErrorCode::kInvalidQuery);
  EXPECT_EQ(outer.message(), "no such function");
  EXPECT_EQ(ByteOffsetOf(outer), 3u);
  EXPECT_EQ(LocationOf(outer), "/0/query");
  EXPECT_EQ(LocationOf(WithCode(MakeError(ErrorCode::kInternal, "x"), ErrorCode::kPoisoned)),
            std::nullopt);
  EXPECT_TRUE(WithCode(absl::OkStatus(), ErrorCode::kInvalidQuery).ok());
}

absl::Status Outer(const absl::Status& inner, bool* went_on) {
  SLUICE_RETURN_IF_ERROR(inner);
  *went_on = true;
  return absl::OkStatus();
}

TEST(Status, ReturnIfError) {
  bool went_on = false;
  EXPECT_EQ(ErrorCodeOf(Outer(MakeError(ErrorCode::kPoisoned, "x"), &went_on)),
            ErrorCode::kPoisoned);
  EXPECT_FALSE(went_on);
  EXPECT_TRUE(Outer(absl::OkStatus(), &went_on).ok());
  EXPECT_TRUE(went_on);
}

}  // namespace
}  // namespace sluice
