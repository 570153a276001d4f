// A value while a query runs: one of the document's, or one that the query made.
#pragma once

#include <cstdint>
#include <string_view>

#include "sluice/json/document.h"

namespace sluice::query {

enum class Tag : uint8_t {
  kNothing,  // no value at all; JMESPath has none of it
  kNull,
  kFalse,
  kTrue,
  kNumber,  // JSON text of a number
  kString,  // UTF-8, decoded
  kNode,    // a value of a document, which may be of any kind
  kArray,   // `size` items
  kObject,  // `size` pairs of items: key (a string), value
};

// 16 bytes, copied freely. Borrows text, items or the document.
struct Item {
  Tag tag = Tag::kNothing;
  uint32_t size = 0;  // bytes, items, pairs; the tape index of a node
  union {
    const char* text = nullptr;
    const Item* items;
    const json::Document* document;
  };

  static Item Bool(bool value) { return Of(value ? Tag::kTrue : Tag::kFalse); }
  static Item Null() { return Of(Tag::kNull); }
  static Item Number(std::string_view json) { return Text(Tag::kNumber, json); }
  static Item String(std::string_view utf8) { return Text(Tag::kString, utf8); }
  static Item Node(const json::Document* document, uint32_t index) {
    Item item = Of(Tag::kNode);
    item.size = index;
    item.document = document;
    return item;
  }
  static Item Array(const Item* items, uint32_t count) {
    return Container(Tag::kArray, items, count);
  }
  static Item Object(const Item* pairs, uint32_t count) {
    return Container(Tag::kObject, pairs, count);
  }

  bool present() const { return tag != Tag::kNothing; }
  bool is_node() const { return tag == Tag::kNode; }
  json::Value value() const { return {document, size}; }  // of a node
  std::string_view view() const { return {text, size}; }  // of a number or string that is no node

  // Of what is present.
  json::Kind kind() const {
    switch (tag) {
      case Tag::kNode:
        return value().kind();
      case Tag::kFalse:
        return json::Kind::kFalse;
      case Tag::kTrue:
        return json::Kind::kTrue;
      case Tag::kNumber:
        return json::Kind::kNumber;
      case Tag::kString:
        return json::Kind::kString;
      case Tag::kArray:
        return json::Kind::kArray;
      case Tag::kObject:
        return json::Kind::kObject;
      default:
        return json::Kind::kNull;
    }
  }
  bool is(json::Kind wanted) const { return present() && kind() == wanted; }

  // Of a number: its JSON text.
  std::string_view number_text() const { return is_node() ? value().raw() : view(); }
  // Elements or members of a container.
  uint32_t count() const { return is_node() ? value().size() : size; }

 private:
  static Item Of(Tag tag) {
    Item item;
    item.tag = tag;
    return item;
  }
  static Item Text(Tag tag, std::string_view text) {
    Item item = Of(tag);
    item.size = static_cast<uint32_t>(text.size());
    item.text = text.data();
    return item;
  }
  static Item Container(Tag tag, const Item* items, uint32_t count) {
    Item item = Of(tag);
    item.size = count;
    item.items = items;
    return item;
  }
};

// Goes through the elements of an array or the members of an object, whichever they are made of.
// Nothing in values of other kinds.
class Children {
 public:
  explicit Children(const Item& container) {
    const json::Kind kind = container.present() ? container.kind() : json::Kind::kNull;
    object_ = kind == json::Kind::kObject;
    if (!object_ && kind != json::Kind::kArray) return;
    if (container.is_node()) {
      document_ = container.document;
      at_ = container.size + 1;
      end_ = document_->nodes()[container.size].next;
    } else {
      items_ = container.items;
      end_ = object_ ? 2 * container.size : container.size;
    }
  }

  bool done() const { return at_ == end_; }
  Item key() const { return At(at_); }
  Item value() const { return At(object_ ? at_ + 1 : at_); }
  void Next() {
    if (document_ != nullptr) {
      at_ = document_->nodes()[object_ ? at_ + 1 : at_].next;
    } else {
      at_ += object_ ? 2 : 1;
    }
  }

 private:
  Item At(uint32_t index) const {
    // There are items wherever index < end_.
    // NOLINTNEXTLINE(clang-analyzer-core.NonNullParamChecker)
    return document_ != nullptr ? Item::Node(document_, index) : items_[index];
  }

  const json::Document* document_ = nullptr;
  const Item* items_ = nullptr;
  uint32_t at_ = 0;
  uint32_t end_ = 0;
  bool object_ = false;
};

}  // namespace sluice::query
