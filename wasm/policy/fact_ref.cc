#include <array>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/types/span.h"
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
constexpr std::array<Form, 13> kForms = {{{"identity", FactKind::kIdentity, false},
                                          {"ip", FactKind::kIp, false},
                                          {"visitor", FactKind::kVisitor, false},
                                          {"header:", FactKind::kHeader, true},
                                          {"cookie:", FactKind::kCookie, true},
                                          {"path:", FactKind::kPath, true},
                                          {"claim:", FactKind::kClaim, true},
                                          {"url", FactKind::kUrl, false},
                                          {"host", FactKind::kHost, false},
                                          {"path", FactKind::kWholePath, false},
                                          {"method", FactKind::kMethod, false},
                                          {"query:", FactKind::kQuery, true},
                                          {"device", FactKind::kDevice, false}}};
constexpr size_t kSubjectForms = 7;

absl::Span<const Form> FormsFor(FactUse use) {
  return absl::MakeConstSpan(kForms).first(use == FactUse::kSubject ? kSubjectForms
                                                                    : kForms.size());
}

const Form* FindForm(std::string_view text, FactUse use) {
  for (const Form& form : FormsFor(use)) {
    const bool matches = form.named ? text.starts_with(form.text) : text == form.text;
    if (matches) return &form;
  }
  return nullptr;
}

void AddUnknownFact(json::Value value, std::string_view text, FactUse use,
                    json::CompileContext& context) {
  const size_t colon = text.find(':');
  const std::string_view head = colon == std::string_view::npos ? text : text.substr(0, colon + 1);
  std::vector<std::string_view> known;
  for (const Form& form : FormsFor(use)) known.push_back(form.text);
  context.AddIssue(
      value, "unknown_fact",
      absl::StrCat(Quoted(text), " is no fact: expected identity, ip, visitor, header:NAME, ",
                   use == FactUse::kSubject
                       ? "cookie:NAME, path:NAME or claim:NAME"
                       : "cookie:NAME, path:NAME, claim:NAME, url, host, path, method, query:NAME "
                         "or device",
                   DidYouMean(head, known)));
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
    case FactKind::kQuery:
      if (!fact.name.empty()) return true;
      context.AddIssue(value, "invalid_name", "a query parameter has a name: query:NAME");
      return false;
    default:
      return true;
  }
}

}  // namespace

std::optional<FactRef> ReadFactRef(json::Value value, json::CompileContext& context, FactUse use) {
  if (!json::Expect(value, json::Kind::kString, context)) return std::nullopt;
  std::string scratch;
  const std::string_view text = value.string(&scratch);
  const Form* form = FindForm(text, use);
  if (form == nullptr) {
    AddUnknownFact(value, text, use, context);
    return std::nullopt;
  }
  FactRef fact = {form->kind, form->named ? std::string(text.substr(form->text.size())) : ""};
  if (fact.kind == FactKind::kHeader) absl::AsciiStrToLower(&fact.name);
  if (!CheckName(fact, value, context)) return std::nullopt;
  return fact;
}

}  // namespace sluice::policy
