// RE2 over bytes: linear in the value, whatever the pattern.
#include <re2/re2.h>

#include <algorithm>

#include "matcher.h"

namespace sluice {
namespace {

class Re2Matcher final : public Matcher {
 public:
  explicit Re2Matcher(std::unique_ptr<re2::RE2> regex)
      : regex_(std::move(regex)), group_count_(std::min(regex_->NumberOfCapturingGroups() + 1, kGroupsMax)) {}

  bool Test(const char* text, size_t length, size_t from, Failure*) override {
    return regex_->Match(re2::StringPiece(text, length), from, length, re2::RE2::UNANCHORED, nullptr, 0);
  }

  bool Exec(const char* text, size_t length, size_t from, Groups* groups, Failure* failure) override {
    // The automaton that answers first needs no groups; it is also what tells a failure of the second search, which RE2
    // reports as "no match", from a real one.
    if (!Test(text, length, from, failure)) return false;
    re2::StringPiece found[kGroupsMax];
    if (!regex_->Match(re2::StringPiece(text, length), from, length, re2::RE2::UNANCHORED, found, group_count_)) {
      *failure = {kNativeFailed, "RE2 found a match and then could not place it"};
      return false;
    }
    groups->count = group_count_;
    for (int i = 0; i < group_count_; i++) {
      const bool set = found[i].data() != nullptr;
      const int32_t start = set ? static_cast<int32_t>(found[i].data() - text) : -1;
      groups->offsets[2 * i] = start;
      groups->offsets[2 * i + 1] = set ? start + static_cast<int32_t>(found[i].size()) : -1;
    }
    return true;
  }

  // An instruction takes about 16 bytes, and the automaton's states grow with use; this is an order of magnitude.
  int64_t MemoryBytes() const override { return 4096 + 64LL * regex_->ProgramSize(); }

 private:
  const std::unique_ptr<re2::RE2> regex_;
  const int group_count_;
};

}  // namespace

std::unique_ptr<Matcher> CompileRe2(const char* pattern, size_t length, int64_t memory_bytes_max, Failure* failure) {
  re2::RE2::Options options;
  options.set_encoding(re2::RE2::Options::EncodingLatin1);
  options.set_max_mem(memory_bytes_max);
  options.set_dot_nl(true);
  options.set_never_nl(false);
  options.set_one_line(true);
  options.set_case_sensitive(true);
  options.set_longest_match(false);
  options.set_log_errors(false);
  auto regex = std::make_unique<re2::RE2>(re2::StringPiece(pattern, length), options);
  if (regex->ok()) return std::make_unique<Re2Matcher>(std::move(regex));
  const auto code = regex->error_code();
  const bool too_large = code == re2::RE2::ErrorPatternTooLarge || code == re2::RE2::ErrorRepeatSize;
  const bool internal = code == re2::RE2::ErrorInternal;
  *failure = {too_large ? kPatternUnsupported : internal ? kNativeFailed : kPatternSyntax, regex->error()};
  return nullptr;
}

// RE2 has no version call; what the package was called when this was built is passed in by the build script.
std::string Re2Version() { return SLUICE_RE2_VERSION; }

}  // namespace sluice
