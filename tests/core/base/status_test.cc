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
  };
  for (const auto& [code, name] : expected) {
    EXPECT_EQ(ErrorCodeName(code), name);
    EXPECT_EQ(ErrorCodeOf(MakeError(code, "x")), code);
  }
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
