// PCRE2 over bytes, under a match limit: for patterns with look-around or back-references, and as the oracle of tests.
#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#include <algorithm>

#include "matcher.h"

namespace sluice {
namespace {

// Kibibytes that the interpreter may take for its frames (it serves where there is no JIT), and bytes of the JIT's stack.
constexpr uint32_t kHeapKibibytesMax = 65536;
constexpr size_t kJitStackBytesMin = 32 * 1024;
constexpr size_t kJitStackBytesMax = 1024 * 1024;

struct Free {
  void operator()(pcre2_code* code) const { pcre2_code_free(code); }
  void operator()(pcre2_match_data* data) const { pcre2_match_data_free(data); }
  void operator()(pcre2_match_context* context) const { pcre2_match_context_free(context); }
  void operator()(pcre2_jit_stack* stack) const { pcre2_jit_stack_free(stack); }
};
template <typename T>
using Owned = std::unique_ptr<T, Free>;

std::string ErrorText(int code) {
  PCRE2_UCHAR text[256];
  if (pcre2_get_error_message(code, text, sizeof text) < 0) return "error " + std::to_string(code);
  return reinterpret_cast<const char*>(text);
}

// A JIT stack serves one match at a time, which is one a thread; an environment never leaves its thread.
pcre2_jit_stack* ThreadJitStack(void*) {
  thread_local const Owned<pcre2_jit_stack> stack(
      pcre2_jit_stack_create(kJitStackBytesMin, kJitStackBytesMax, nullptr));
  return stack.get();
}

class Pcre2Matcher final : public Matcher {
 public:
  Pcre2Matcher(Owned<pcre2_code> code, Owned<pcre2_match_data> data, Owned<pcre2_match_context> context)
      : code_(std::move(code)), data_(std::move(data)), context_(std::move(context)) {
    uint32_t captures = 0;
    pcre2_pattern_info(code_.get(), PCRE2_INFO_CAPTURECOUNT, &captures);
    group_count_ = static_cast<int>(std::min<uint32_t>(captures + 1, kGroupsMax));
  }

  bool Test(const char* text, size_t length, size_t from, Failure* failure) override {
    return Run(text, length, from, failure) >= 0;
  }

  bool Exec(const char* text, size_t length, size_t from, Groups* groups, Failure* failure) override {
    const int result = Run(text, length, from, failure);
    if (result < 0) return false;
    // 0 says that there are more groups than places, and that all places are filled.
    const int filled = result == 0 ? group_count_ : std::min(result, group_count_);
    const PCRE2_SIZE* places = pcre2_get_ovector_pointer(data_.get());
    groups->count = group_count_;
    for (int i = 0; i < group_count_; i++) {
      const bool set = i < filled && places[2 * i] != PCRE2_UNSET;
      groups->offsets[2 * i] = set ? static_cast<int32_t>(places[2 * i]) : -1;
      groups->offsets[2 * i + 1] = set ? static_cast<int32_t>(places[2 * i + 1]) : -1;
    }
    return true;
  }

  int64_t MemoryBytes() const override {
    size_t code = 0, jit = 0;
    pcre2_pattern_info(code_.get(), PCRE2_INFO_SIZE, &code);
    pcre2_pattern_info(code_.get(), PCRE2_INFO_JITSIZE, &jit);
    return static_cast<int64_t>(code + jit) + 1024;
  }

 private:
  // Not negative: a match. Negative: none, or a failure that is set.
  int Run(const char* text, size_t length, size_t from, Failure* failure) {
    const int result = pcre2_match(code_.get(), reinterpret_cast<PCRE2_SPTR>(text), length, from, 0, data_.get(),
                                   context_.get());
    if (result >= 0 || result == PCRE2_ERROR_NOMATCH) return result;
    // Every bound that a value can run into counts as the limit: steps, depth, heap, the JIT's stack.
    const bool limit = result == PCRE2_ERROR_MATCHLIMIT || result == PCRE2_ERROR_DEPTHLIMIT ||
                       result == PCRE2_ERROR_HEAPLIMIT || result == PCRE2_ERROR_JIT_STACKLIMIT;
    *failure = {limit ? kMatchLimit : kNativeFailed, "PCRE2: " + ErrorText(result)};
    return result;
  }

  const Owned<pcre2_code> code_;
  const Owned<pcre2_match_data> data_;
  const Owned<pcre2_match_context> context_;
  int group_count_ = 1;
};

}  // namespace

std::unique_ptr<Matcher> CompilePcre2(const char* pattern, size_t length, uint32_t match_limit, Failure* failure) {
  int error = 0;
  PCRE2_SIZE offset = 0;
  // With what its JIT makes of where a match may start, PCRE2 10.42 misses `(?:b|\A)(a*.)` in "b".
  constexpr uint32_t kOptions = PCRE2_DOTALL | PCRE2_DOLLAR_ENDONLY | PCRE2_NO_START_OPTIMIZE;
  Owned<pcre2_code> code(
      pcre2_compile(reinterpret_cast<PCRE2_SPTR>(pattern), length, kOptions, &error, &offset, nullptr));
  if (!code) {
    const bool too_large = error == PCRE2_ERROR_PATTERN_TOO_LARGE || error == PCRE2_ERROR_HEAP_FAILED;
    *failure = {too_large ? kPatternUnsupported : kPatternSyntax,
                ErrorText(error) + " at offset " + std::to_string(offset)};
    return nullptr;
  }
  // Without a JIT, or for a pattern that it does not take, the interpreter serves, under the same limit.
  pcre2_jit_compile(code.get(), PCRE2_JIT_COMPLETE);
  Owned<pcre2_match_data> data(pcre2_match_data_create(kGroupsMax, nullptr));
  Owned<pcre2_match_context> context(pcre2_match_context_create(nullptr));
  if (!data || !context) {
    *failure = {kNativeFailed, "PCRE2: out of memory"};
    return nullptr;
  }
  pcre2_set_match_limit(context.get(), match_limit);
  pcre2_set_depth_limit(context.get(), match_limit);
  pcre2_set_heap_limit(context.get(), kHeapKibibytesMax);
  pcre2_jit_stack_assign(context.get(), ThreadJitStack, nullptr);
  return std::make_unique<Pcre2Matcher>(std::move(code), std::move(data), std::move(context));
}

std::string Pcre2Version() {
  char version[64] = "";
  pcre2_config(PCRE2_CONFIG_VERSION, version);
  return version;
}

}  // namespace sluice
