#include "sluice/schema/findings.h"

#include <algorithm>

#include "sluice/base/retained.h"

namespace sluice::schema {

void Findings::Clear() {
  units_.clear();
  open_.clear();
  errors_ = 0;
}

size_t Findings::Open(Unit unit) {
  const size_t at = units_.size();
  unit.size = 1;
  unit.up = open_.empty() ? 0 : static_cast<uint32_t>(at - open_.back());
  open_.push_back(static_cast<uint32_t>(at));
  units_.push_back(unit);
  if (unit.kind == UnitKind::kError) ++errors_;
  return at;
}

void Findings::Close() {
  const size_t at = open_.back();
  open_.pop_back();
  const bool leaf = units_[at].kind >= UnitKind::kError;
  if (units_.size() == at + 1 && !leaf) {
    units_.pop_back();
    return;
  }
  units_[at].size = static_cast<uint32_t>(units_.size() - at);
}

void Findings::AddLeaf(const Unit& unit) {
  Open(unit);
  Close();
}

void Findings::Truncate(size_t begin) {
  for (size_t i = begin; i < units_.size(); ++i) {
    if (units_[i].kind == UnitKind::kError) --errors_;
  }
  units_.resize(begin);
  while (!open_.empty() && open_.back() >= begin) open_.pop_back();
}

void Findings::KeepOnly(size_t child) {
  const size_t to = open_.back() + size_t{1};
  const size_t size = units_[child].size;
  const auto first = units_.begin() + static_cast<ptrdiff_t>(to);
  const auto kept = units_.begin() + static_cast<ptrdiff_t>(child);
  std::rotate(first, kept, kept + static_cast<ptrdiff_t>(size));
  Truncate(to + size);
  units_[to].up = 1;
}

size_t Findings::retained_bytes() const { return RetainedBytes(units_) + RetainedBytes(open_); }

void Findings::Trim(size_t max_bytes) {
  TrimVector(units_, max_bytes);
  TrimVector(open_, max_bytes);
}

}  // namespace sluice::schema
