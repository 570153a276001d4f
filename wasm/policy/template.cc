#include "sluice/policy/template.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "sluice/base/issues.h"
#include "sluice/policy/names.h"
#include "sluice/policy/path.h"

namespace sluice::policy {
namespace {

constexpr std::string_view kRestSuffix = "...";

class TemplateReader {
 public:
  TemplateReader(json::Value value, json::CompileContext& context)
      : value_(value), context_(context) {}

  std::optional<PathTemplate> Read(std::string_view text);

 private:
  bool ReadSegment(std::string_view segment, bool last);
  bool ReadParameter(std::string_view name, bool last);
  bool ReadLiteral(std::string_view literal, bool last);
  bool AppendLiteralByte(std::string_view literal, size_t& i, TemplateSegment& segment);
  bool Fail(std::string_view code, std::string message) {
    context_.AddIssue(value_, code, std::move(message));
    return false;
  }

  json::Value value_;
  json::CompileContext& context_;
  PathTemplate result_;
};

std::optional<PathTemplate> TemplateReader::Read(std::string_view text) {
  if (text.empty() || text[0] != '/') {
    Fail("invalid_path", absl::StrCat("the path ", Quoted(text), " must start with \"/\""));
    return std::nullopt;
  }
  for (size_t slash = 0; slash != std::string_view::npos;) {
    if (result_.segments.size() == kMaxSegments) {
      Fail("too_many", absl::StrCat("a path may have at most ", kMaxSegments, " segments"));
      return std::nullopt;
    }
    const size_t next = text.find('/', slash + 1);
    const bool last = next == std::string_view::npos;
    if (!ReadSegment(SegmentAt(text, slash), last)) return std::nullopt;
    slash = next;
  }
  if (result_.parameters().size() > kMaxParameters) {
    Fail("too_many", absl::StrCat("a path may have at most ", kMaxParameters, " parameters"));
    return std::nullopt;
  }
  return std::move(result_);
}

bool TemplateReader::ReadSegment(std::string_view segment, bool last) {
  const bool braced = segment.size() >= 2 && segment.front() == '{' && segment.back() == '}';
  if (braced) return ReadParameter(segment.substr(1, segment.size() - 2), last);
  if (segment.find_first_of("{}") != std::string_view::npos) {
    return Fail("invalid_path", absl::StrCat(Quoted(segment),
                                             ": a parameter is one whole segment, as in "
                                             "\"/orders/{id}\""));
  }
  return ReadLiteral(segment, last);
}

bool TemplateReader::ReadParameter(std::string_view name, bool last) {
  const bool rest = name.size() >= kRestSuffix.size() &&
                    name.substr(name.size() - kRestSuffix.size()) == kRestSuffix;
  if (rest) name.remove_suffix(kRestSuffix.size());
  if (!IsName(name)) {
    return Fail("invalid_path", absl::StrCat(Quoted(name), " is no parameter name", kNameHint));
  }
  if (rest && !last) {
    return Fail("invalid_path", absl::StrCat("{", name, "...} must be the last segment"));
  }
  const std::vector<std::string_view> names = result_.parameters();
  if (std::find(names.begin(), names.end(), name) != names.end()) {
    return Fail("invalid_path", absl::StrCat("the parameter ", Quoted(name), " is there twice"));
  }
  result_.segments.push_back(
      {rest ? SegmentKind::kRest : SegmentKind::kParameter, std::string(name), ""});
  return true;
}

bool TemplateReader::ReadLiteral(std::string_view literal, bool last) {
  if (literal.empty() && !last) {
    return Fail("invalid_path",
                "repeated slashes: paths are matched with single ones, so this could never match");
  }
  TemplateSegment segment = {SegmentKind::kLiteral, "", ""};
  for (size_t i = 0; i < literal.size(); ++i) {
    if (!AppendLiteralByte(literal, i, segment)) return false;
  }
  if (segment.text == "." || segment.text == "..") {
    return Fail("invalid_path",
                "\".\" and \"..\" are resolved before matching, so this could never match");
  }
  if (segment.text.size() > kMaxLiteralBytes) {
    return Fail("invalid_path",
                absl::StrCat("a segment may have at most ", kMaxLiteralBytes, " bytes"));
  }
  result_.segments.push_back(std::move(segment));
  return true;
}

bool TemplateReader::AppendLiteralByte(std::string_view literal, size_t& i,
                                       TemplateSegment& segment) {
  constexpr std::string_view kHex = "0123456789ABCDEF";
  auto byte = static_cast<unsigned char>(literal[i]);
  const bool was_encoded = byte == '%';
  if (was_encoded) {
    const std::optional<unsigned char> decoded = PercentEncodedByte(literal, i);
    if (!decoded.has_value()) {
      return Fail("invalid_path", absl::StrCat(Quoted(literal), ": malformed percent-encoding"));
    }
    byte = *decoded;
    i += 2;
  }
  if (byte == '\\' || byte == '/' || byte == '\0') {
    return Fail("invalid_path", absl::StrCat(Quoted(literal),
                                             ": requests with a backslash, an encoded slash or "
                                             "NUL are refused, so this could never match"));
  }
  const auto c = static_cast<char>(byte);
  if (!was_encoded && (c == '?' || c == '#' || byte < 0x20 || byte == 0x7F)) {
    return Fail("invalid_path", absl::StrCat(Quoted(literal),
                                             ": a path has no query, fragment or control "
                                             "characters"));
  }
  segment.text += c;
  const bool keeps = was_encoded ? IsUnreserved(c) : IsPathCharacter(c);
  if (keeps) {
    segment.encoded += c;
  } else {
    segment.encoded += {'%', kHex[byte >> 4], kHex[byte & 15]};
  }
  return true;
}

}  // namespace

std::vector<std::string_view> PathTemplate::parameters() const {
  std::vector<std::string_view> names;
  for (const TemplateSegment& segment : segments) {
    if (segment.kind != SegmentKind::kLiteral) names.push_back(segment.text);
  }
  return names;
}

std::optional<PathTemplate> ReadTemplate(json::Value value, json::CompileContext& context) {
  if (!value.present() || !json::Expect(value, json::Kind::kString, context)) return std::nullopt;
  std::string scratch;
  return TemplateReader(value, context).Read(value.string(&scratch));
}

std::optional<PathTemplate> ReadTemplateText(std::string_view text, json::Value value,
                                             json::CompileContext& context) {
  return TemplateReader(value, context).Read(text);
}

bool Overlap(const PathTemplate& a, const PathTemplate& b) {
  for (size_t i = 0;; ++i) {
    const TemplateSegment* x = i < a.segments.size() ? &a.segments[i] : nullptr;
    const TemplateSegment* y = i < b.segments.size() ? &b.segments[i] : nullptr;
    if ((x != nullptr && x->kind == SegmentKind::kRest) ||
        (y != nullptr && y->kind == SegmentKind::kRest)) {
      return true;
    }
    if (x == nullptr || y == nullptr) return x == y;
    const bool x_literal = x->kind == SegmentKind::kLiteral;
    const bool y_literal = y->kind == SegmentKind::kLiteral;
    if (x_literal && y_literal && x->text != y->text) return false;
    if (x_literal != y_literal && (x_literal ? x : y)->text.empty()) return false;
  }
}

bool Covers(const PathTemplate& wide, const PathTemplate& narrow) {
  for (size_t i = 0;; ++i) {
    const TemplateSegment* x = i < wide.segments.size() ? &wide.segments[i] : nullptr;
    const TemplateSegment* y = i < narrow.segments.size() ? &narrow.segments[i] : nullptr;
    if (x != nullptr && x->kind == SegmentKind::kRest) return true;
    if (x == nullptr || y == nullptr) return x == y;
    if (y->kind == SegmentKind::kRest) return false;
    const bool y_literal = y->kind == SegmentKind::kLiteral;
    if (x->kind == SegmentKind::kLiteral ? !y_literal || x->text != y->text
                                         : y_literal && y->text.empty()) {
      return false;
    }
  }
}

}  // namespace sluice::policy
