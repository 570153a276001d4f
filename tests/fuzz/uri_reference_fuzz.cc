// Two texts as a base and a reference: components, resolution, percent-decoding and the grammars,
// by what has to hold between them and beside section 5.2.4 on a list of segments.
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "../support/check.h"
#include "sluice/base/bytes.h"
#include "sluice/base/utf8.h"
#include "sluice/uri/reference.h"
#include "sluice/uri/syntax.h"

namespace {

using sluice::uri::Reference;
using sluice::uri::Resolve;
using sluice::uri::Split;

std::string Compose(const Reference& parts) {
  std::string text;
  if (parts.scheme.has_value()) text.append(*parts.scheme).append(":");
  if (parts.authority.has_value()) text.append("//").append(*parts.authority);
  text.append(parts.path);
  if (parts.query.has_value()) text.append("?").append(*parts.query);
  if (parts.fragment.has_value()) text.append("#").append(*parts.fragment);
  return text;
}

// Of a path that begins with a slash.
std::string SlowWithoutDotSegments(std::string_view path) {
  std::vector<std::string_view> kept;
  bool directory = false;
  while (!path.empty()) {
    path.remove_prefix(1);
    const std::string_view segment = path.substr(0, path.find('/'));
    path.remove_prefix(segment.size());
    directory = segment == "." || segment == "..";
    if (segment == ".." && !kept.empty()) kept.pop_back();
    if (!directory) kept.push_back(segment);
  }
  std::string text;
  for (const std::string_view segment : kept) text.append("/").append(segment);
  if (directory) text.append("/");
  return text;
}

void CheckPath(std::string_view path) {
  std::string text = "kept";
  sluice::uri::AppendWithoutDotSegments(path, &text);
  CHECK(text.starts_with("kept") && text.size() <= path.size() + 4);
  const std::string once = text.substr(4);
  if (path.starts_with('/')) CHECK(once == SlowWithoutDotSegments(path));
  std::string twice;
  sluice::uri::AppendWithoutDotSegments(once, &twice);
  if (path.starts_with('/')) CHECK(twice == once);
}

void CheckText(std::string_view text) {
  CHECK(Compose(Split(text)) == text);
  CheckPath(text);
  const bool uri = sluice::uri::IsUri(text);
  const bool iri = sluice::uri::IsIri(text);
  CHECK(!uri || (iri && sluice::uri::IsUriReference(text)));
  CHECK(!iri || sluice::uri::IsIriReference(text));
  CHECK(!sluice::uri::IsUriReference(text) || sluice::uri::IsIriReference(text));
  CHECK(!sluice::uri::IsIriReference(text) || sluice::FindInvalidUtf8(text) == text.size());
  // The grammar of templates without expressions has all that a URI reference has but brackets,
  // which it has as well.
  CHECK(!sluice::uri::IsUriReference(text) || sluice::uri::IsUriTemplate(text));
  const std::optional<std::string> decoded = sluice::uri::PercentDecode(text);
  CHECK(!sluice::uri::IsUriReference(text) || decoded.has_value());
  CHECK(!decoded.has_value() || decoded->size() <= text.size());
  if (sluice::uri::IsJsonPointer(text)) {
    CHECK(sluice::uri::IsRelativeJsonPointer("0" + std::string(text)));
  }
}

void CheckResolution(std::string_view base, std::string_view reference) {
  const std::string target = Resolve(base, reference);
  CHECK(target.size() <= base.size() + reference.size() + 3);
  const Reference parts = Split(target);
  const Reference from = Split(base);
  const Reference to = Split(reference);
  CHECK(parts.fragment == to.fragment);
  CHECK(parts.scheme.has_value() == (from.scheme.has_value() || to.scheme.has_value()));
  CHECK(parts.authority ==
        (to.authority.has_value() || to.scheme.has_value() ? to.authority : from.authority));
  if (!parts.scheme.has_value()) return;
  // An absolute target stays what it is, wherever it is resolved, unless it took over the path of a
  // base that was never resolved itself.
  const std::string normal = Resolve("", target);
  CHECK(Resolve(base, normal) == normal);
  if (!to.path.empty() || to.authority.has_value() || to.scheme.has_value()) {
    CHECK(normal == target);
  }
  if (sluice::uri::IsUri(base) && sluice::uri::IsUriReference(reference)) {
    CHECK(sluice::uri::IsUri(target));
  }
  if (sluice::uri::IsIri(base) && sluice::uri::IsIriReference(reference)) {
    CHECK(sluice::uri::IsIri(target));
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text = sluice::AsText({data, size});
  const size_t line = text.find('\n');
  const std::string_view base = text.substr(0, line);
  const std::string_view reference =
      line == std::string_view::npos ? std::string_view() : text.substr(line + 1);
  CheckText(base);
  CheckText(reference);
  CheckResolution(base, reference);
  return 0;
}
