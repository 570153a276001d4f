#include "sluice/json/document.h"

#include <algorithm>
#include <new>
#include <utility>

#include "sluice/base/status.h"
#include "sluice/json/diagnose.h"
#include "sluice/json/fault.h"
#include "sluice/json/node_buffer.h"
#include "sluice/json/structural_index.h"
#include "sluice/json/walk.h"

namespace sluice::json {
namespace {

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

}  // namespace

struct Document::Index {
  StructuralIndex structurals;
  NodeBuffer nodes;
};

// One Parse. Holds what the steps share.
class Document::Parser {
 public:
  Parser(Document& document, const JsonBudget& budget) : document_(document), budget_(budget) {}

  Fault Run(std::string_view text) {
    if (text.size() > std::min(budget_.max_input_bytes, kMaxTextBytes)) {
      return {FaultKind::kSize, 0};
    }
    if (text.starts_with(kByteOrderMark)) {
      return {FaultKind::kByteOrderMark, 0};
    }
    size_t begin = 0;
    size_t end = text.size();
    while (end > 0 && IsBlank(text[end - 1])) --end;
    while (begin < end && IsBlank(text[begin])) ++begin;
    const bool opens = begin < end && (text[begin] == '{' || text[begin] == '[');
    return opens ? ReadContainer(text, begin, end) : ReadScalar(text, begin, end);
  }

 private:
  static bool IsBlank(char c) { return c == ' ' || c == '\n' || c == '\r' || c == '\t'; }

  // The common case: what the index and the walk read. They only know that something is wrong.
  Fault ReadContainer(std::string_view text, size_t begin, size_t end) {
    Index& index = *document_.index_;
    if (text[end - 1] != '}' && text[end - 1] != ']') return Explain(text);
    const std::string_view value = text.substr(0, end);
    if (!index.structurals.Start(value, begin)) return {FaultKind::kMemory, 0};
    const WalkResult walked = Walk(value, begin, index.structurals, budget_.max_depth, index.nodes);
    if (walked.kind == WalkResult::kNoMemory) return {FaultKind::kMemory, 0};
    if (walked.kind == WalkResult::kFault || index.structurals.has_fault()) return Explain(text);
    document_.nodes_ = index.nodes.data();
    document_.node_count_ = walked.node_count;
    return {};
  }

  // A text that is but a string, a number or a literal.
  Fault ReadScalar(std::string_view text, size_t begin, size_t end) {
    if (const Fault fault = FindFault(text, budget_.max_depth); !fault.ok()) return fault;
    Index& index = *document_.index_;
    if (!index.nodes.Reserve(1, 1)) return {FaultKind::kMemory, 0};
    *index.nodes.data() =
        ScalarNode(text, static_cast<uint32_t>(begin), static_cast<uint32_t>(end));
    document_.nodes_ = index.nodes.data();
    document_.node_count_ = 1;
    return {};
  }

  Fault Explain(std::string_view text) const {
    const Fault fault = FindFault(text, budget_.max_depth);
    return fault.ok() ? Fault{FaultKind::kInternal, 0} : fault;
  }

  Document& document_;
  const JsonBudget& budget_;
};

Document::Document() = default;
Document::Document(std::string_view text, absl::Span<const Node> nodes)
    : text_(text), nodes_(nodes.data()), node_count_(static_cast<uint32_t>(nodes.size())) {}
Document::~Document() = default;

Document::Document(Document&& other) noexcept { *this = std::move(other); }

Document& Document::operator=(Document&& other) noexcept {
  std::swap(text_, other.text_);
  std::swap(nodes_, other.nodes_);
  std::swap(node_count_, other.node_count_);
  std::swap(index_, other.index_);
  return *this;
}

absl::Status Document::Parse(std::string_view text, const JsonBudget& budget) {
  text_ = text;
  node_count_ = 0;
  if (index_ == nullptr) index_.reset(new (std::nothrow) Index);
  const Fault fault =
      index_ == nullptr ? Fault{FaultKind::kMemory, 0} : Parser(*this, budget).Run(text);
  return fault.ok() ? absl::OkStatus() : ToStatus(fault, text, budget);
}

size_t Document::retained_bytes() const {
  if (index_ == nullptr) return 0;
  return index_->nodes.retained_bytes() + index_->structurals.retained_bytes();
}

void Document::Release() {
  nodes_ = nullptr;
  node_count_ = 0;
  index_.reset();
}

}  // namespace sluice::json
