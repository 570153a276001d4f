#include "sluice/json/document.h"

#include <algorithm>
#include <cstdlib>
#include <new>
#include <utility>

#include "sluice/base/status.h"
#include "sluice/json/diagnose.h"
#include "sluice/json/fault.h"
#include "sluice/json/stage1.h"
#include "sluice/json/walk.h"

namespace sluice::json {
namespace {

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
constexpr uint32_t kNodeStep = 256;  // texts of nearly the same size should not each allocate

}  // namespace

struct Document::Index {
  StructuralIndex structurals;
};

// One Parse. Holds what the steps share.
class Document::Parser {
 public:
  Parser(Document& document, const JsonBudget& budget) : document_(document), budget_(budget) {}

  Fault Run(std::string_view text) {
    if (text.size() > std::min(budget_.max_input_bytes, kMaxTextBytes)) {
      return {FaultKind::kSize, 0};
    }
    if (text.substr(0, kByteOrderMark.size()) == kByteOrderMark) {
      return {FaultKind::kByteOrderMark, 0};
    }
    bool refused = false;
    const Fault fault = IndexAndWalk(text, &refused);
    return refused ? Diagnose(text) : fault;
  }

 private:
  // `*refused` if stage 1 does: then there is more to find out.
  Fault IndexAndWalk(std::string_view text, bool* refused) {
    // No JSON ends in anything but ASCII; see StructuralIndex::Build.
    *refused = text.empty() || static_cast<uint8_t>(text.back()) >= 0x80;
    if (*refused) return {};
    StructuralIndex& structurals = document_.index_->structurals;
    switch (structurals.Build(text)) {
      case StructuralIndex::Result::kNoMemory:
        return {FaultKind::kMemory, 0};
      case StructuralIndex::Result::kRefused:
        *refused = true;
        return {};
      case StructuralIndex::Result::kBuilt:
        break;
    }
    const absl::Span<const uint32_t> positions = structurals.positions();
    if (!document_.ReserveNodes(MaxNodes(positions.size(), budget_.max_depth))) {
      return {FaultKind::kMemory, 0};
    }
    return Walk(text, positions, budget_.max_depth, document_.nodes_, &document_.node_count_);
  }

  // The grammar may be broken before the place that stage 1 can't take, so what comes before that
  // place is walked too: the first fault in the text is the one to report, whatever the kernel.
  Fault Diagnose(std::string_view text) {
    const LexicalFault lexical = FindLexicalFault(text);
    bool refused = false;
    Fault before = IndexAndWalk(text.substr(0, lexical.resume), &refused);
    document_.node_count_ = 0;
    if (refused) before = {FaultKind::kValue, lexical.resume};  // nothing but whitespace
    if (before.ok()) before = {FaultKind::kDocumentEnd, lexical.resume};
    const bool cut_short = before.offset == lexical.resume && StringWasPossible(before.kind);
    return cut_short && !lexical.in_string.ok() ? lexical.in_string : before;
  }

  Document& document_;
  const JsonBudget& budget_;
};

Document::Document() = default;
Document::~Document() { std::free(nodes_); }

Document::Document(Document&& other) noexcept { *this = std::move(other); }

Document& Document::operator=(Document&& other) noexcept {
  std::swap(text_, other.text_);
  std::swap(nodes_, other.nodes_);
  std::swap(node_count_, other.node_count_);
  std::swap(node_capacity_, other.node_capacity_);
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

bool Document::ReserveNodes(uint64_t count) {
  if (count <= node_capacity_) return true;
  std::free(nodes_);
  const uint64_t capacity = (count / kNodeStep + 1) * kNodeStep;
  const bool fits = capacity <= UINT32_MAX / sizeof(Node);
  nodes_ = fits ? static_cast<Node*>(std::malloc(static_cast<size_t>(capacity) * sizeof(Node)))
                : nullptr;
  node_capacity_ = nodes_ == nullptr ? 0 : static_cast<uint32_t>(capacity);
  return nodes_ != nullptr;
}

size_t Document::retained_bytes() const {
  return node_capacity_ * sizeof(Node) + (index_ ? index_->structurals.retained_bytes() : 0);
}

void Document::Release() {
  std::free(nodes_);
  nodes_ = nullptr;
  node_count_ = 0;
  node_capacity_ = 0;
  index_.reset();
}

}  // namespace sluice::json
