#include "step_choices.h"

#include <set>
#include <utility>
#include <vector>

#include "json_tree.h"
#include "path_choices.h"
#include "reference_path.h"

namespace sluice::reference {
namespace {

using test_support::Choices;

constexpr std::string_view kConstants[] = {"1",
                                           "null",
                                           "\"new\"",
                                           "{}",
                                           "[]",
                                           "1e400",
                                           "{\"a\":1}",
                                           "[1,{\"b\":[]}]",
                                           "\"\\u00e9\"",
                                           "false",
                                           "1.0",
                                           "-0.5e0",
                                           "\"a\"",
                                           "{\"b\":2}",
                                           "{\"b\":{\"a\":null},\"c\":2}",
                                           "12345678901234567890"};
constexpr std::string_view kMergePatches[] = {"{\"a\":1}",
                                              "{\"a\":null}",
                                              "{\"a\":{\"b\":null,\"c\":3},\"b\":[null]}",
                                              "[1]",
                                              "null",
                                              "{}",
                                              "{\"\\u0061\":{\"a\":{\"b\":{}}}}",
                                              "{\"new\":{\"x\":null,\"y\":1}}",
                                              "\"s\"",
                                              "{\"b\":{\"0\":{}},\"c\":null,\"1\":1}"};

constexpr std::string_view kJmesPaths[] = {"@",          "a",           "a.b",
                                           "a[].b",      "[*].a",       "{x: a, y: b}",
                                           "a[?b==`1`]", "length(@)",   "keys(@)",
                                           "sort(a)",    "abs(a)",      "*.a",
                                           "[0]",        "a || b",      "values(@)",
                                           "[a, b, c]",  "a[::-1]",     "type(a)",
                                           "map(&a, @)", "merge(a, b)", "not_null(c, b, a)",
                                           "max(a)",     "b.\"0\"",     "`{\"k\":1}`",
                                           "[]"};

std::string Quoted(std::string_view utf8) { return MadeString(utf8).raw; }

class StepMaker {
 public:
  explicit StepMaker(Choices& choices) : choices_(choices), paths_(choices) {}

  std::string Steps(uint32_t nesting, uint32_t most) {
    std::string steps = "[";
    const uint32_t count = choices_.Below(most + 1);
    for (uint32_t i = 0; i < count; ++i) {
      if (i > 0) steps += ",";
      const std::string step = OneStep(nesting);
      steps += "{" + step;
      if (choices_.OneIn(6)) steps += ",\"when\":" + Quoted(paths_.Condition());
      steps += "}";
    }
    return steps + "]";
  }

  bool hashes() const { return hashes_; }

 private:
  std::string OneStep(uint32_t nesting) {
    switch (choices_.Below(nesting == 0 ? 17 : 15)) {
      case 0:
      case 1:
        return "\"pick\":" + PathList(0);
      case 2:
        return "\"drop\":" + PathList(1);
      case 3:
      case 4:
        return "\"redact\":" + Redaction();
      case 5:
      case 6:
        return "\"rename\":" + Renaming();
      case 7:
        return "\"move\":" + FromTo(true);
      case 8:
        return "\"copy\":" + FromTo(false);
      case 9:
        return "\"set\":" + Setting(true);
      case 10:
        return "\"default\":" + Setting(false);
      case 11:
        if (choices_.OneIn(2)) return "\"wrap\":" + Quoted(choices_.Of(kStepNames));
        return "\"unwrap\":" + Quoted(Location(0));
      case 12:
        return "\"merge\":" + std::string(choices_.Of(kMergePatches));
      case 13:
        return "\"patch\":" + Patch();
      case 14:
        return "\"query\":" + Query();
      case 15:
        return "\"map\":{\"path\":" + Quoted(paths_.Any({})) + ",\"steps\":" + Steps(1, 2) + "}";
      default:
        return "\"compose\":" + Composition();
    }
  }

  std::string Location(uint32_t least) {
    return paths_.Simple({.least = least, .wildcards = false});
  }

  std::string PathList(uint32_t least) {
    std::string list = "[";
    for (uint32_t more = choices_.Below(3) + 1; more > 0; --more) {
      list += Quoted(paths_.Any({.least = least})) + (more > 1 ? "," : "]");
    }
    return list;
  }

  std::string Redaction() {
    std::string paths = PathList(0);
    switch (choices_.Below(5)) {
      case 0:
      case 1:
        return paths;
      case 2:
        return "{\"with\":\"gone\",\"paths\":" + paths + "}";
      case 3:
        return "{\"paths\":" + paths + ",\"keepLast\":" + "124"[choices_.Below(3)] + "}";
      default:
        hashes_ = true;
        return "{\"hash\":{\"secret\":\"KEY\"},\"paths\":" + paths + "}";
    }
  }

  std::string Renaming() {
    std::string renaming = "{";
    std::set<std::string> seen;
    for (uint32_t more = choices_.Below(3) + 1; more > 0; --more) {
      const std::string path =
          choices_.OneIn(6) ? paths_.General() : paths_.Simple({.least = 1, .ends_in_name = true});
      const std::string name = Quoted(choices_.Of(kStepNames));
      if (!seen.insert(path).second) continue;
      renaming += (renaming.size() > 1 ? "," : "") + Quoted(path) + ":" + name;
    }
    return renaming + "}";
  }

  // True if what is at `to` could lie in what is at `from`.
  static bool MayContain(const std::string& from, const std::string& to) {
    const std::vector<Segment> outer = ParsePath(from).segments;
    const std::vector<Segment> inner = ParsePath(to).segments;
    if (outer.size() > inner.size()) return false;
    for (size_t i = 0; i < outer.size(); ++i) {
      const bool name = outer[i].name == inner[i].name;
      const bool index = !outer[i].index.empty() && outer[i].index == inner[i].index;
      if (!name && !index) return false;
    }
    return true;
  }

  std::string FromTo(bool move) {
    std::string pairs;
    const uint32_t count = choices_.OneIn(3) ? 2 : 1;
    for (uint32_t i = 0; i < count; ++i) {
      std::string from = Location(0);
      std::string to = paths_.Simple({.wildcards = false, .appends = true});
      if (move && MayContain(from, to)) std::swap(from, to);
      if (move && (MayContain(from, to) || from.substr(from.find_last_of('/') + 1) == "-")) {
        from = "$.a.b";
        to = "$.c";
      }
      pairs += (i > 0 ? "," : "") + std::string("{\"from\":") + Quoted(from) +
               ",\"to\":" + Quoted(to) + "}";
    }
    return count == 1 ? pairs : "[" + pairs + "]";
  }

  std::string Setting(bool general) {
    std::string setting = "{";
    std::set<std::string> seen;
    for (uint32_t more = choices_.Below(3) + 1; more > 0; --more) {
      const PathMaker::Options options = {.appends = true};
      const std::string path = general ? paths_.Any(options) : paths_.Simple(options);
      const std::string value(choices_.Of(kConstants));
      if (!seen.insert(path).second) continue;
      setting += (setting.size() > 1 ? "," : "") + Quoted(path) + ":" + value;
    }
    return setting + "}";
  }

  std::string Pointer(uint32_t least, bool appends) {
    for (;;) {
      std::string path = paths_.Simple({.least = least, .wildcards = false});
      if (path.starts_with('$')) {
        // The same places by their names alone.
        std::string pointer;
        for (const Segment& segment : ParsePath(path).segments) {
          pointer += "/";
          for (const char c : segment.name + segment.index) {
            pointer += c == '~' ? "~0" : c == '/' ? "~1" : std::string(1, c);
          }
        }
        return pointer + (appends && choices_.OneIn(5) ? "/-" : "");
      }
      return path;
    }
  }

  std::string Patch() {
    std::string patch = "[";
    constexpr uint32_t kLengths[] = {1, 1, 1, 2, 3};
    for (uint32_t more = choices_.Of(kLengths); more > 0; --more) {
      patch += Operation() + (more > 1 ? "," : "]");
    }
    return patch;
  }

  std::string Operation() {
    const auto member = [](std::string_view name, const std::string& json) {
      return "\"" + std::string(name) + "\":" + json;
    };
    const std::string value(choices_.Of(kConstants));
    constexpr uint32_t kKinds[] = {0, 0, 1, 2, 2, 3, 4, 4, 5, 5, 0};
    const uint32_t kind = choices_.Of(kKinds);
    if (kind == 0 || kind == 1) {
      const std::string path = Quoted(Pointer(0, kind == 0));
      return "{" + member("op", kind == 0 ? "\"add\"" : "\"replace\"") + "," +
             member("path", path) + "," + member("value", value) + "}";
    }
    if (kind == 2) {
      return "{" + member("path", Quoted(Pointer(1, false))) + ",\"op\":\"remove\"}";
    }
    if (kind == 3) {
      return "{\"op\":\"test\"," + member("value", value) + "," +
             member("path", Quoted(Pointer(0, false))) + "}";
    }
    std::string from = Pointer(1, false);
    std::string path = Pointer(0, true);
    const bool move = kind == 4 && !MayContain(from, path);
    return "{" + member("op", move ? "\"move\"" : "\"copy\"") + "," + member("from", Quoted(from)) +
           "," + member("path", Quoted(path)) + "}";
  }

  std::string Query() {
    if (choices_.OneIn(3)) {
      return "{\"jsonpath\":" + Quoted(paths_.General()) + "}";
    }
    const std::string expression = Quoted(choices_.Of(kJmesPaths));
    return choices_.OneIn(3) ? "{\"jmespath\":" + expression + "}" : expression;
  }

  std::string Composition() {
    std::string composition = "{";
    const uint32_t first = choices_.Below(3);
    for (uint32_t i = 0; i < choices_.Below(2) + 1; ++i) {
      composition += (i > 0 ? "," : "") + Quoted(kInputNames[(first + i) % 3]) + ":{";
      std::string options;
      if (choices_.OneIn(2)) options += ",\"to\":" + Quoted(Location(0));
      if (choices_.OneIn(2)) {
        constexpr std::string_view kPolicies[] = {"\"fail\"", "\"null\"", "\"omit\""};
        options += ",\"missing\":" + std::string(choices_.Of(kPolicies));
      }
      if (choices_.OneIn(3)) options += ",\"merge\":true";
      composition += options.substr(options.empty() ? 0 : 1) + "}";
    }
    return composition + "}";
  }

  Choices& choices_;
  PathMaker paths_;
  bool hashes_ = false;
};

}  // namespace

MadeSteps MakeSteps(Choices& choices) {
  StepMaker maker(choices);
  std::string json = maker.Steps(0, 4);
  return {std::move(json), maker.hashes()};
}

}  // namespace sluice::reference
