#include "sluice/regex/simple_pattern.h"

#include "sluice/base/utf8.h"

namespace sluice::regex {

bool SimplePattern::TakeSet(const Step& step, std::string_view text, size_t* position) const {
  size_t at = *position;
  if (step.is_bytewise) {
    const size_t limit = step.most < text.size() - at ? at + step.most : text.size();
    while (at < limit && step.Has(static_cast<unsigned char>(text[at]))) ++at;
    const bool enough = at - *position >= step.least;
    *position = at;
    return enough;
  }
  const absl::Span<const CodeRange> ranges =
      absl::MakeConstSpan(ranges_).subspan(step.begin, step.end - step.begin);
  uint32_t count = 0;
  for (; count < step.most && at < text.size(); ++count) {
    const auto byte = static_cast<unsigned char>(text[at]);
    if (byte < 0x80) {
      if (!step.Has(byte)) break;
      ++at;
      continue;
    }
    size_t next = at;
    const uint32_t point = NextCodePoint(text, &next);
    if (step.beyond == Beyond::kSome && !Contains(ranges, point)) break;
    at = next;
  }
  *position = at;
  return count >= step.least;
}

bool SimplePattern::Run(const std::vector<Step>& steps, std::string_view text,
                        size_t* position) const {
  for (const Step& step : steps) {
    if (step.is_literal) {
      const size_t size = step.end - step.begin;
      if (text.substr(*position, size) != std::string_view(text_).substr(step.begin, size)) {
        return false;
      }
      *position += size;
    } else if (!TakeSet(step, text, position)) {
      return false;
    }
  }
  return true;
}

bool SimplePattern::MatchesWhole(std::string_view text) const {
  size_t position = 0;
  return Run(steps_, text, &position) && position == text.size();
}

bool SimplePattern::MatchesPart(std::string_view text) const {
  if (begins_) {
    size_t position = 0;
    return Run(part(), text, &position) && (!ends_ || position == text.size());
  }
  if (!ends_) return Search(text);
  if (text.size() < suffix_bytes_) return false;
  size_t position = text.size() - suffix_bytes_;
  return Run(part_, text, &position);
}

bool SimplePattern::Search(std::string_view text) const {
  if (part_.empty()) return true;
  const Step& first = part_[0];
  if (part_.size() == 1) {
    if (!first.is_literal) return SearchRun(first, text);
    return text.find(std::string_view(text_).substr(first.begin, first.end - first.begin)) !=
           std::string_view::npos;
  }
  for (size_t begin = 0; begin < text.size(); ++begin) {
    // A set that takes all beyond ASCII would take half of a character.
    if ((static_cast<unsigned char>(text[begin]) & 0xC0) == 0x80) continue;
    size_t position = begin;
    if (Run(part_, text, &position)) return true;
  }
  return false;
}

// `least` of the set in a row.
bool SimplePattern::SearchRun(const Step& step, std::string_view text) const {
  Step one = step;
  one.least = one.most = 1;
  uint32_t count = 0;
  for (size_t at = 0; at < text.size();) {
    if (TakeSet(one, text, &at)) {
      if (++count >= step.least) return true;
    } else {
      count = 0;
      NextCodePoint(text, &at);
    }
  }
  return false;
}

size_t SimplePattern::bytes() const {
  return sizeof(*this) + (steps_.capacity() + part_.capacity()) * sizeof(Step) + text_.capacity() +
         ranges_.capacity() * sizeof(CodeRange);
}

}  // namespace sluice::regex
