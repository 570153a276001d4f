#include "sluice/json/writer.h"
#include "sluice/query/jmespath_runner.h"

namespace sluice::query {

using json::Kind;

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
