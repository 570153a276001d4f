#include "sluice/json/document.h"

#include <algorithm>
#include <new>
#include <utility>

#include "sluice/base/status.h"
#include "sluice/json/diagnose.h"
#include "sluice/json/fault.h"
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
    const Fault fault = IndexAndWalk(text);
    const bool fine = fault.ok() && !document_.index_->structurals.has_fault();
    return fine || fault.kind == FaultKind::kMemory ? fault : Diagnose(text);
  }

 private:
  // What the grammar says, trusting that strings are closed, UTF-8 is valid and so on.
  Fault IndexAndWalk(std::string_view text) {
    Index& index = *document_.index_;
    if (!index.structurals.Start(text)) return {FaultKind::kMemory, 0};
    const Fault fault =
        Walk(text, index.structurals, budget_.max_depth, index.nodes, &document_.node_count_);
    document_.nodes_ = index.nodes.data();
    return fault;
  }

  // Where a text goes wrong that is known to. The grammar may be broken before the first place that
  // can't be indexed, and an index means nothing behind it: so what comes before is walked by
  // itself. The first fault in the text is the one to report.
  Fault Diagnose(std::string_view text) {
    const LexicalFault lexical = FindLexicalFault(text);
    Fault before = IndexAndWalk(text.substr(0, lexical.resume));
    document_.node_count_ = 0;
    if (before.ok()) before = {FaultKind::kDocumentEnd, lexical.resume};
    const bool cut_short = before.offset == lexical.resume && StringWasPossible(before.kind);
    return cut_short && !lexical.in_string.ok() ? lexical.in_string : before;
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
