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

  // The id of a cookie that verifies, or what stands for it before consent; and what FindOrMint has
  // come to, if it was called.
  std::optional<std::string_view> Find();
  // The same, or, if it may make a visitor, the id of a cookie to adopt, or a new one if `random`
  // has the bytes.
  std::optional<std::string_view> FindOrMint(bool may_mint);
  // Not what FindOrMint has made: that is whatever the client likes it to be.
  std::optional<std::string_view> FindKnown();

  // True if consent isn't asked for, or was given.
  bool Consents();
  // The id is in no cookie yet, or in one that is to be signed anew.
  bool ToBeKept() const { return to_be_kept_; }
  std::string_view id() const { return id_.value_or(""); }

 private:
  std::optional<std::string_view> Before();
  void FindInCookie();
  void Adopt();
  void Mint();

  const RequestFacts& request_;
  const FeaturesRow& rules_;
  const TextSigner& signer_;
  OutputBuffer& scratch_;
  std::optional<bool> consents_;
  bool found_ = false;
  bool is_new_ = false;  // adopted or minted
  bool to_be_kept_ = false;
  std::optional<std::string_view> id_;
  VisitorId minted_;
};

}  // namespace sluice::policy
