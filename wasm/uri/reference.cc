#include "sluice/uri/reference.h"

#include <algorithm>

#include "sluice/uri/characters.h"

namespace sluice::uri {
namespace {

void AppendLower(std::string_view scheme, std::string* out) {
  for (const char c : scheme)
    out->push_back(c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c);
}

// Section 5.2.3.
void AppendMerged(const Reference& base, std::string_view path, std::string* out) {
  if (base.authority.has_value() && base.path.empty()) {
    out->push_back('/');
  } else {
    const size_t slash = base.path.rfind('/');
    if (slash != std::string_view::npos) out->append(base.path.substr(0, slash + 1));
  }
  out->append(path);
}

// The path of the target (section 5.2.2, the part below "if defined(R.authority)").
std::string TargetPath(const Reference& base, const Reference& reference) {
  const bool own = reference.scheme.has_value() || reference.authority.has_value();
  if (!own && reference.path.empty()) return std::string(base.path);
  std::string merged;
  if (own || reference.path.starts_with('/')) {
    merged = reference.path;
  } else {
    AppendMerged(base, reference.path, &merged);
  }
  std::string path;
  AppendWithoutDotSegments(merged, &path);
  return path;
}

// Section 5.3. `parts.path` must not lie in `*out`.
void Recompose(const Reference& parts, std::string* out) {
  out->clear();
  if (parts.scheme.has_value()) {
    AppendLower(*parts.scheme, out);
    out->push_back(':');
  }
  if (parts.authority.has_value()) {
    out->append("//").append(*parts.authority);
  } else if (parts.path.starts_with("//")) {
    out->append("/.");
  } else if (!parts.scheme.has_value() && Split(parts.path).scheme.has_value()) {
    out->append("./");
  }
  out->append(parts.path);
  if (parts.query.has_value()) out->append("?").append(*parts.query);
  if (parts.fragment.has_value()) out->append("#").append(*parts.fragment);
}

}  // namespace

WithFragment SplitFragment(std::string_view text) {
  const size_t hash = text.find('#');
  if (hash == std::string_view::npos) return {text, std::nullopt};
  return {text.substr(0, hash), text.substr(hash + 1)};
}

Reference Split(std::string_view text) {
  Reference parts;
  const auto [uri, fragment] = SplitFragment(text);
  parts.fragment = fragment;
  std::string_view rest = uri;
  if (const size_t mark = rest.find('?'); mark != std::string_view::npos) {
    parts.query = rest.substr(mark + 1);
    rest = rest.substr(0, mark);
  }
  if (const size_t colon = rest.find(':');
      colon != std::string_view::npos && IsScheme(rest.substr(0, colon))) {
    parts.scheme = rest.substr(0, colon);
    rest.remove_prefix(colon + 1);
  }
  if (rest.starts_with("//")) {
    const size_t slash = std::min(rest.find('/', 2), rest.size());
    parts.authority = rest.substr(2, slash - 2);
    rest.remove_prefix(slash);
  }
  parts.path = rest;
  return parts;
}

void Resolve(std::string_view base, std::string_view reference, std::string* target) {
  const Reference from = Split(base);
  Reference parts = Split(reference);
  const std::string path = TargetPath(from, parts);
  if (!parts.scheme.has_value()) {
    if (!parts.authority.has_value()) {
      if (parts.path.empty() && !parts.query.has_value()) parts.query = from.query;
      parts.authority = from.authority;
    }
    parts.scheme = from.scheme;
  }
  parts.path = path;
  Recompose(parts, target);
}

std::string Resolve(std::string_view base, std::string_view reference) {
  std::string target;
  Resolve(base, reference, &target);
  return target;
}

void AppendWithoutDotSegments(std::string_view path, std::string* out) {
  const size_t start = out->size();
  const auto drop_segment = [&] {
    const size_t slash = out->rfind('/');
    out->resize(slash == std::string::npos || slash < start ? start : slash);
  };
  // The letters are the steps of section 5.2.4.
  while (!path.empty()) {
    if (path.starts_with("../")) {  // A
      path.remove_prefix(3);
    } else if (path.starts_with("./") || path.starts_with("/./")) {  // A, B
      path.remove_prefix(2);
    } else if (path == "/.") {
      path = "/";
    } else if (path.starts_with("/../")) {  // C
      path.remove_prefix(3);
      drop_segment();
    } else if (path == "/..") {
      path = "/";
      drop_segment();
    } else if (path == "." || path == "..") {  // D
      path = {};
    } else {  // E
      const size_t end = std::min(path.find('/', 1), path.size());
      out->append(path.substr(0, end));
      path.remove_prefix(end);
    }
  }
}

std::optional<std::string> PercentDecode(std::string_view text) {
  std::string bytes;
  bytes.reserve(text.size());
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      bytes.push_back(text[i]);
      continue;
    }
    if (!IsTriplet(text, i)) return std::nullopt;
    bytes.push_back(static_cast<char>(HexValue(text[i + 1]) << 4 | HexValue(text[i + 2])));
    i += 2;
  }
  return bytes;
}

}  // namespace sluice::uri
