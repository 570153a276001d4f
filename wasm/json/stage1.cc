#include "sluice/json/stage1.h"

#include <new>

#include "simdjson.h"

namespace sluice::json {
namespace {

// Texts of nearly the same size should not each allocate.
constexpr size_t kCapacityStep = 4096;

}  // namespace

struct StructuralIndex::Kernel {
  std::unique_ptr<simdjson::internal::dom_parser_implementation> stages;
};

StructuralIndex::StructuralIndex() = default;
StructuralIndex::~StructuralIndex() = default;

StructuralIndex::Result StructuralIndex::Build(std::string_view text) {
  const size_t needed = (text.size() / kCapacityStep + 1) * kCapacityStep;
  if (kernel_ == nullptr) {
    kernel_.reset(new (std::nothrow) Kernel);
    if (kernel_ == nullptr) return Result::kNoMemory;
  }
  auto& stages = kernel_->stages;
  if (stages == nullptr) {
    // A depth of 1: only simdjson's own stage 2 needs more.
    const simdjson::error_code error =
        simdjson::get_active_implementation()->create_dom_parser_implementation(needed, 1, stages);
    if (error != simdjson::SUCCESS) {
      stages.reset();
      return Result::kNoMemory;
    }
  } else if (stages->capacity() < text.size()) {
    stages->structural_indexes.reset();  // before the larger one is taken
    if (stages->set_capacity(needed) != simdjson::SUCCESS) return Result::kNoMemory;
  }
  const simdjson::error_code error = stages->stage1(reinterpret_cast<const uint8_t*>(text.data()),
                                                    text.size(), simdjson::stage1_mode::regular);
  return error == simdjson::SUCCESS ? Result::kBuilt : Result::kRefused;
}

absl::Span<const uint32_t> StructuralIndex::positions() const {
  return {kernel_->stages->structural_indexes.get(), kernel_->stages->n_structural_indexes};
}

size_t StructuralIndex::retained_bytes() const {
  if (kernel_ == nullptr || kernel_->stages == nullptr) return 0;
  return kernel_->stages->capacity() * sizeof(uint32_t);
}

void StructuralIndex::Release() { kernel_.reset(); }

}  // namespace sluice::json
