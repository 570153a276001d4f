#include "sluice/policy/visitor.h"

#include <algorithm>

namespace sluice::policy {

bool Visitor::Consents() {
  if (consents_.has_value()) return *consents_;
  consents_ = true;
  if (rules_.consent == kAbsent) return true;
  const Program& program = request_.program;
  const std::optional<std::string_view> said =
      request_.Value(program.facts[rules_.consent], scratch_);
  const absl::Span<const StringRef> accepted =
      program.strings.subspan(rules_.consents.first, rules_.consents.count);
  consents_ = said.has_value() &&
              std::any_of(accepted.begin(), accepted.end(),
                          [&](StringRef text) { return text.In(program.pool) == *said; });
  return *consents_;
}

// Its text stays in a buffer of its own: the scratch is used again.
std::optional<std::string_view> Visitor::Before() {
  if (rules_.before == kAbsent) return std::nullopt;
  const std::optional<std::string_view> value =
      request_.Value(request_.program.facts[rules_.before], scratch_);
  if (!value.has_value() || value->empty()) return std::nullopt;
  return value;
}

void Visitor::FindInCookie() {
  const Program& program = request_.program;
  const std::optional<std::string_view> header = request_.facts.Get(rules_.cookie_slot);
  if (!header.has_value()) return;
  const std::string_view name = rules_.visitor_cookie.In(program.pool);
  AnyCookie(*header, name, [&](std::string_view value) {
    SignedText text = {value, SigningKey::kCurrent};
    if ((rules_.flags & kSigns) != 0) {
      const std::optional<SignedText> verified = signer_.Verify(kVisitorPurpose, name, value);
      if (!verified.has_value()) return false;
      text = *verified;
    }
    if (!IsVisitorId(text.text)) return false;
    id_ = text.text;
    to_be_kept_ = text.key == SigningKey::kPrevious;
    return true;
  });
}

void Visitor::Adopt() {
  const Program& program = request_.program;
  const std::optional<std::string_view> header = request_.facts.Get(rules_.cookie_slot);
  if (!header.has_value()) return;
  for (const StringRef name : program.strings.subspan(rules_.adopted.first, rules_.adopted.count)) {
    const std::optional<std::string_view> value = FindCookie(*header, name.In(program.pool));
    if (!value.has_value() || !IsVisitorId(*value)) continue;
    id_ = value;
    return;
  }
}

std::optional<std::string_view> Visitor::Find() {
  if (found_) return id_;
  found_ = true;
  if (!Consents()) {
    id_ = Before();
    return id_;
  }
  FindInCookie();
  return id_;
}

void Visitor::Mint() {
  const std::optional<std::string_view> random = request_.facts.Get(kSlotRandom);
  if (!random.has_value() || random->size() != kVisitorIdBytes) return;
  minted_ = MintVisitorId(AsBytes(*random));
  id_ = std::string_view(minted_.data(), minted_.size());
}

std::optional<std::string_view> Visitor::FindOrMint(bool may_mint) {
  if (Find().has_value() || !may_mint || !Consents()) return id_;
  Adopt();
  if (!id_.has_value()) Mint();
  is_new_ = to_be_kept_ = id_.has_value();
  return id_;
}

std::optional<std::string_view> Visitor::FindKnown() {
  Find();
  return is_new_ ? std::nullopt : id_;
}

}  // namespace sluice::policy
