// One compiled pattern, whichever library holds it.
#ifndef SLUICE_ENGINE_MATCHER_H_
#define SLUICE_ENGINE_MATCHER_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

namespace sluice {

// Rules see groups 0 to 9; more are never reported.
constexpr int kGroupsMax = 10;

// What kept a library from deciding. An empty code means that it decided.
struct Failure {
  const char* code = nullptr;
  std::string reason;
  bool failed() const { return code != nullptr; }
};

constexpr const char* kPatternSyntax = "PATTERN_SYNTAX";
constexpr const char* kPatternUnsupported = "PATTERN_UNSUPPORTED";
constexpr const char* kMatchLimit = "MATCH_LIMIT";
constexpr const char* kNativeFailed = "NATIVE_FAILED";

// Byte offsets of the groups of a match: start and end by turns, -1 for a group that took no part.
struct Groups {
  int32_t offsets[2 * kGroupsMax];
  int count = 0;
};

class Matcher {
 public:
  virtual ~Matcher() = default;
  // Whether `text` holds a match that begins at `from` or behind it; what stands before `from` is seen by `^`, `\b` and
  // look-behind. Where `failure` is set, the answer means nothing.
  virtual bool Test(const char* text, size_t length, size_t from, Failure* failure) = 0;
  // The same with the groups of the leftmost-first match.
  virtual bool Exec(const char* text, size_t length, size_t from, Groups* groups, Failure* failure) = 0;
  // Roughly what the compiled form takes outside of the JavaScript heap.
  virtual int64_t MemoryBytes() const = 0;
};

// Each returns null with `failure` set where the library refuses the pattern.
std::unique_ptr<Matcher> CompileRe2(const char* pattern, size_t length, int64_t memory_bytes_max, Failure* failure);
std::unique_ptr<Matcher> CompilePcre2(const char* pattern, size_t length, uint32_t match_limit, Failure* failure);

std::string Re2Version();
std::string Pcre2Version();

}  // namespace sluice

#endif
