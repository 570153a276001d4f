// The anonymous id of whoever asks: where it comes from, and the cookie that keeps it.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "sluice/base/bytes.h"
#include "sluice/base/signed_text.h"
#include "sluice/policy/cookie.h"
#include "sluice/policy/program.h"
#include "sluice/policy/request.h"

namespace sluice::policy {

// Who the visitor of one request is; found when it is first asked for. Where the policy asks for
// consent and hasn't got it, cookies aren't looked at, and the fact that stands for the visitor
// until then does. Refers to what it is made from.
class Visitor {
 public:
  Visitor(const RequestFacts& request, const TextSigner& signer, OutputBuffer& scratch)
      : request_(request),
        rules_(*request.program.feature_rules),
        signer_(signer),
        scratch_(scratch) {}

  // Nobody; to be called before the first Find.
  void Hide() { found_ = true; }

  // The id of a cookie that verifies, or, where cookies may be written, of one that is adopted.
  // `adopt` counts at the first call only.
  std::optional<std::string_view> Find(bool adopt);
  // The same, or a new id if `random` has the bytes for one and may be used.
  std::optional<std::string_view> FindOrMint(bool may_mint);

  // True if consent isn't asked for, or was given.
  bool Consents();
  // The id is in no cookie yet, or in one that is to be signed anew.
  bool ToBeKept() const { return to_be_kept_; }
  std::string_view id() const { return id_.value_or(""); }

 private:
  std::optional<std::string_view> Before();
  void FindInCookie();
  void Adopt();

  const RequestFacts& request_;
  const FeaturesRow& rules_;
  const TextSigner& signer_;
  OutputBuffer& scratch_;
  std::optional<bool> consents_;
  bool found_ = false;
  bool to_be_kept_ = false;
  std::optional<std::string_view> id_;
  VisitorId minted_;
};

}  // namespace sluice::policy
