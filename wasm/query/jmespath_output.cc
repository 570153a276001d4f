// Results as JSON text.
#include "sluice/json/writer.h"
#include "sluice/query/jmespath_runner.h"

namespace sluice::query {

using namespace jmespath;  // NOLINT: the tables are this file's vocabulary
using json::Kind;

namespace {

bool IsProjection(Code code) { return code >= Code::kFlatten && code <= Code::kFilter; }
bool IsMultiSelect(Code code) { return code == Code::kMultiList || code == Code::kMultiHash; }

}  // namespace

bool JmesPathRunner::Emit(uint32_t at, const Item& value, OutputBuffer& out) {
  if (value.is_node() && value.document == document_) return EmitNode(at, value.size, out);
  return EmitItem(at, value, out);
}

bool JmesPathRunner::EmitNode(uint32_t at, uint32_t node, OutputBuffer& out) {
  while (at != kIdentity) {
    const Operation& field = operations_[at];
    if (field.code == Code::kMultiHash && field.next == kIdentity) {
      return EmitHash(field, node, out);
    }
    if (field.code != Code::kField) return EmitItem(at, Item::Node(document_, node), out);
    at = field.next;
    node = lookup_.Find(node, field.a, field.b);
    if (node == 0) return EmitItem(at, Item::Null(), out);
  }
  const json::Node& written = document_->nodes()[node];
  if (written.kind() == Kind::kNull) return false;
  const std::string_view text = document_->text();
  out.AppendWithin({text.data() + written.begin, written.end - written.begin},
                   text.data() + text.size());
  return true;
}

bool JmesPathRunner::EmitItem(uint32_t at, Item current, OutputBuffer& out) {
  for (; at != kIdentity; at = operations_[at].next) {
    const Operation& operation = operations_[at];
    if (operation.next == kIdentity) {
      if (IsProjection(operation.code)) return EmitProjection(operation, current, out);
      if (IsMultiSelect(operation.code)) return EmitMultiSelect(operation, current, out);
    }
    current = Apply(operation, current);
  }
  if (current.is(Kind::kNull)) return false;
  Write(current, /*compact=*/false, out);
  return true;
}

bool JmesPathRunner::EmitProjection(const Operation& projection, const Item& container,
                                    OutputBuffer& out) {
  char separator = '[';
  const bool projects = ForEachProjected(projection, container, [&](const Item& value) {
    const size_t before = out.size();
    out.Append(separator);
    if (Emit(projection.a, value, out)) {
      separator = ',';
    } else {
      out.Truncate(before);
    }
  });
  if (!projects) return false;
  out.Append(separator == '[' ? "[]" : "]");
  return true;
}

bool JmesPathRunner::EmitMultiSelect(const Operation& select, const Item& current,
                                     OutputBuffer& out) {
  if (current.is(Kind::kNull)) return false;
  const bool object = select.code == Code::kMultiHash;
  char separator = '[';
  for (const Part& part : parts_.subspan(select.a, select.b)) {
    if (object) {
      out.Append(part.prefix.In(pool_));
    } else {
      out.Append(separator);
      separator = ',';
    }
    if (!Emit(part.expression, current, out)) out.Append("null");
  }
  out.Append(object ? '}' : ']');
  return true;
}

// A reshape's inner loop: a part is mostly names that lead to a value, whose text is copied
// together with the key before it. What is used again is kept in locals, as whatever is written
// could be a member to the compiler.
bool JmesPathRunner::EmitHash(const Operation& hash, uint32_t node, OutputBuffer& out) {
  const json::Node* const nodes = document_->nodes().data();
  if (nodes[node].kind() == Kind::kNull) return false;
  const Operation* const operations = operations_.data();
  const char* const pool = pool_.data();
  const char* const pool_end = pool + pool_.size();
  const char* const text = document_->text().data();
  const char* const text_end = text + document_->text().size();
  const Part* part = parts_.data() + hash.a;
  for (const Part* const end = part + hash.b; part != end; ++part) {
    const std::string_view prefix(pool + part->prefix.offset, part->prefix.length);
    uint32_t value = node;
    bool present = true;
    uint32_t at = part->expression;
    while (present && at != kIdentity && operations[at].code == Code::kField) {
      value = lookup_.Find(value, operations[at].a, operations[at].b);
      present = value != 0;
      at = operations[at].next;
    }
    if (at == kIdentity && present && nodes[value].kind() != Kind::kNull) {
      const json::Node& found = nodes[value];
      out.AppendWithin(prefix, pool_end, {text + found.begin, found.end - found.begin}, text_end);
      continue;
    }
    out.AppendWithin(prefix, pool_end);
    const bool written = present ? EmitNode(at, value, out) : EmitItem(at, Item::Null(), out);
    if (!written) out.Append("null");
  }
  out.Append('}');
  return true;
}

void JmesPathRunner::WriteString(const Item& item, OutputBuffer& out) {
  if (item.is_node()) {
    out.Append(item.value().raw());
  } else {
    json::AppendJsonString(item.view(), out);
  }
}

void JmesPathRunner::Write(const Item& item, bool compact, OutputBuffer& out) {
  if (out.exhausted()) return;
  const Kind kind = item.kind();
  const bool container = kind == Kind::kArray || kind == Kind::kObject;
  if (item.is_node() && !(container && compact)) {
    const std::string_view text = item.document->text();
    out.AppendWithin(item.value().raw(), text.data() + text.size());
    return;
  }
  switch (kind) {
    case Kind::kNumber:
      out.Append(item.view());
      return;
    case Kind::kString:
      WriteString(item, out);
      return;
    case Kind::kArray:
    case Kind::kObject:
      break;
    default:
      out.Append(kind == Kind::kNull ? "null" : kind == Kind::kTrue ? "true" : "false");
      return;
  }
  const bool object = kind == Kind::kObject;
  out.Append(object ? '{' : '[');
  bool first = true;
  for (Children child(item); !child.done() && meter_.Take(1); child.Next()) {
    if (!first) out.Append(',');
    first = false;
    if (object) {
      WriteString(child.key(), out);
      out.Append(':');
    }
    Write(child.value(), compact, out);
  }
  out.Append(object ? '}' : ']');
}

}  // namespace sluice::query
