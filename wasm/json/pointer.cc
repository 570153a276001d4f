#include "sluice/json/pointer.h"

#include "absl/strings/str_cat.h"

namespace sluice::json {
namespace {

bool Holds(Value container, uint32_t index) {
  const absl::Span<const Node> nodes = container.document()->nodes();
  return index >= container.index() && index < nodes[container.index()].next;
}

// Appends the token of the child that is or holds `index`, and returns that child.
Value StepTowards(Value container, uint32_t index, std::string* pointer) {
  uint32_t position = 0;
  for (const Value element : Elements(container)) {
    if (Holds(element, index)) {
      absl::StrAppend(pointer, "/", position);
      return element;
    }
    ++position;
  }
  std::string scratch;
  for (const Member member : Members(container)) {
    if (member.key.index() == index || Holds(member.value, index)) {
      AppendPointerToken(member.key.string(&scratch), pointer);
      return member.key.index() == index ? member.key : member.value;
    }
  }
  return Value();
}

}  // namespace

void AppendPointerToken(std::string_view token, std::string* pointer) {
  pointer->push_back('/');
  for (const char c : token) {
    if (c == '~') {
      pointer->append("~0");
    } else if (c == '/') {
      pointer->append("~1");
    } else {
      pointer->push_back(c);
    }
  }
}

std::string PointerTo(Value value) {
  std::string pointer;
  if (!value.present()) return pointer;
  Value at = value.document()->root();
  while (at.present() && at.index() != value.index()) {
    at = StepTowards(at, value.index(), &pointer);
  }
  return pointer;
}

}  // namespace sluice::json
