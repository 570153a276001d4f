// The parser behind ParseEcmaScript; nothing else includes it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "sluice/base/status.h"
#include "sluice/regex/character_set.h"
#include "sluice/regex/ecmascript_pattern.h"

namespace sluice::regex {

class EcmaScriptParser {
 public:
  EcmaScriptParser(std::string_view pattern, ParseOptions options, Pattern* out)
      : pattern_(pattern), options_(options), out_(out) {}

  absl::Status Run();

 private:
  // A group that isn't closed yet, and which of its alternatives is being read. The pattern as a
  // whole is the first.
  struct OpenGroup {
    uint32_t serial;  // among all groups
    uint32_t alternative;
    uint32_t node;
    uint32_t captures_before;
    bool can_repeat;
  };
  // Several captures may have one name if no two of them can match together.
  struct NamedCapture {
    std::string name;
    uint32_t capture;
    std::vector<OpenGroup> path;
  };
  struct NamedReference {
    std::string name;
    uint32_t node;
    size_t offset;
  };

  // Structure: ecmascript_parser.cc.
  void CountCaptures();
  absl::Status Term();
  absl::Status Open();
  absl::Status Close();
  absl::Status Modifiers(Node node);
  void Enter(Node node, bool can_repeat);
  absl::Status NameCapture();
  bool IsNameCharacter(uint32_t point, bool first);
  absl::Status GroupName(std::string* name);
  absl::Status NamedBackreference();
  absl::Status ResolveNames();
  bool ConflictsWith(const NamedCapture& other) const;
  absl::Status Quantifier(Node* node, bool can_repeat);
  absl::Status Braces(Node* node);
  absl::Status NoQuantifier() const;
  bool IsQuantifier() const;
  bool IsBraceQuantifier() const;
  uint32_t Count();
  void AddNode(Node node);
  Node* NewestNode();
  absl::Status AddCharacter(uint32_t point, size_t begin);
  absl::Status AddSet(CharacterSet set, bool negated, bool fold_case, size_t begin);

  // Escapes and classes: ecmascript_escapes.cc.
  absl::Status AtomEscape();
  absl::Status ClassEscape(CharacterSet* set, bool* is_set);
  absl::Status Property(CharacterSet* set);
  absl::Status CharacterEscape(bool in_class, uint32_t* point);
  absl::Status StrictEscape(bool in_class, uint32_t* point);
  void LooseEscape(bool in_class, uint32_t* point);
  absl::Status NumberedBackreference();
  bool IsBackreference() const;
  absl::Status UnicodeEscape(uint32_t* point);
  std::optional<uint32_t> Hexadecimal(size_t digits);
  void JoinSurrogates(uint32_t* point);
  uint32_t Control(bool in_class);
  uint32_t Octal();
  absl::Status Class();
  absl::Status ClassItem(CharacterSet* set);
  absl::Status ClassAtom(CharacterSet* set, bool* is_set, uint32_t* point);

  bool AtEnd() const { return position_ == pattern_.size(); }
  char At(size_t ahead) const {
    return position_ + ahead < pattern_.size() ? pattern_[position_ + ahead] : '\0';
  }
  bool Follows(std::string_view text) const { return pattern_.substr(position_).starts_with(text); }
  bool Eat(std::string_view text) {
    if (!Follows(text)) return false;
    position_ += text.size();
    return true;
  }
  absl::Status Fault(std::string_view message) const { return FaultAt(position_, message); }
  static absl::Status FaultAt(size_t offset, std::string_view message);
  static absl::Status OverBudget(Budget budget, std::string_view message, size_t offset);

  std::string_view pattern_;
  ParseOptions options_;
  Pattern* out_;
  Node newest_;  // where none are kept
  size_t position_ = 0;
  size_t ranges_ = 0;
  uint32_t groups_ = 0;
  uint32_t captures_ = 0;       // so far
  uint32_t capture_count_ = 0;  // of the whole pattern
  bool has_names_ = false;
  // ID_Start and ID_Continue, once a name asks for them.
  CharacterSet name_starts_;
  CharacterSet name_parts_;
  std::vector<OpenGroup> open_;
  std::vector<NamedCapture> names_;
  std::vector<NamedReference> named_references_;
};

}  // namespace sluice::regex
