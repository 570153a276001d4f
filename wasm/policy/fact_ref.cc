#include <array>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "sluice/base/issues.h"
#include "sluice/policy/cookie.h"
#include "sluice/policy/facts.h"
#include "sluice/policy/header.h"
#include "sluice/policy/names.h"

namespace sluice::policy {
namespace {

struct Form {
  std::string_view text;  // the whole reference, or the part before the name
  FactKind kind;
  bool named;
};
constexpr std::array<Form, 7> kForms = {{{"identity", FactKind::kIdentity, false},
                                         {"ip", FactKind::kIp, false},
                                         {"visitor", FactKind::kVisitor, false},
                                         {"header:", FactKind::kHeader, true},
                                         {"cookie:", FactKind::kCookie, true},
                                         {"path:", FactKind::kPath, true},
                                         {"claim:", FactKind::kClaim, true}}};
constexpr std::array<std::string_view, 7> kFormNames = {
    "identity", "ip", "visitor", "header:", "cookie:", "path:", "claim:"};

const Form* FindForm(std::string_view text) {
  for (const Form& form : kForms) {
    const bool matches = form.named ? text.starts_with(form.text) : text == form.text;
    if (matches) return &form;
  }
  return nullptr;
}

void AddUnknownFact(json::Value value, std::string_view text, json::CompileContext& context) {
  const size_t colon = text.find(':');
  const std::string_view head = colon == std::string_view::npos ? text : text.substr(0, colon + 1);
  context.AddIssue(value, "unknown_fact",
                   absl::StrCat(Quoted(text),
                                " is no fact: expected identity, ip, visitor, header:NAME, "
                                "cookie:NAME, path:NAME or claim:NAME",
                                DidYouMean(head, kFormNames)));
}

bool CheckName(const FactRef& fact, json::Value value, json::CompileContext& context) {
  switch (fact.kind) {
    case FactKind::kHeader:
      if (IsToken(fact.name)) return true;
      context.AddIssue(value, "invalid_header_name",
                       absl::StrCat(Quoted(fact.name), " is no header name", kTokenHint));
      return false;
    case FactKind::kCookie:
      if (IsToken(fact.name)) return true;
      context.AddIssue(value, "invalid_cookie_name",
                       absl::StrCat(Quoted(fact.name), " is no cookie name", kTokenHint));
      return false;
    case FactKind::kPath:
      if (IsName(fact.name)) return true;
      context.AddIssue(value, "invalid_name",
                       absl::StrCat(Quoted(fact.name), " is no parameter name", kNameHint));
      return false;
    case FactKind::kClaim:
      if (IsName(fact.name)) return true;
      context.AddIssue(value, "invalid_name",
                       absl::StrCat(Quoted(fact.name), " is no name of a claim", kNameHint));
      return false;
    default:
      return true;
  }
}

}  // namespace

std::optional<FactRef> ReadFactRef(json::Value value, json::CompileContext& context) {
  if (!json::Expect(value, json::Kind::kString, context)) return std::nullopt;
  std::string scratch;
  const std::string_view text = value.string(&scratch);
  const Form* form = FindForm(text);
  if (form == nullptr) {
    AddUnknownFact(value, text, context);
    return std::nullopt;
  }
  FactRef fact = {form->kind, form->named ? std::string(text.substr(form->text.size())) : ""};
  if (fact.kind == FactKind::kHeader) absl::AsciiStrToLower(&fact.name);
  if (!CheckName(fact, value, context)) return std::nullopt;
  return fact;
}

}  // namespace sluice::policy
