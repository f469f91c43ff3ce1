// The JavaScript object that holds one compiled pattern: `test(value)` and `exec(value)`.
#include <cstring>
#include <exception>

#include "environment.h"

namespace sluice {
namespace {

void Finalize(napi_env env, void* data, void*) {
  const std::unique_ptr<Matcher> matcher(static_cast<Matcher*>(data));
  int64_t ignored = 0;
  napi_adjust_external_memory(env, -matcher->MemoryBytes(), &ignored);
}

napi_value Construct(napi_env env, napi_callback_info info) {
  Environment* environment = GetEnvironment(env);
  if (environment == nullptr) return nullptr;
  if (!environment->under_construction) return Throw(env, kNativeFailed, "a pattern comes from compile only");
  napi_value self;
  if (napi_get_cb_info(env, info, nullptr, nullptr, &self, nullptr) != napi_ok) return ThrowStatus(env, "construct");
  Matcher* matcher = environment->under_construction.get();
  if (napi_wrap(env, self, matcher, Finalize, nullptr, nullptr) != napi_ok) return ThrowStatus(env, "construct");
  environment->under_construction.release();
  int64_t ignored = 0;
  napi_adjust_external_memory(env, matcher->MemoryBytes(), &ignored);
  return self;
}

// One call of a method: its handle, its value's bytes and where the search begins (0 where it is left out). Not ready means that an exception is pending.
class Call {
 public:
  Call(napi_env env, napi_callback_info info) {
    size_t count = 2;
    napi_value arguments[2], self;
    if (napi_get_cb_info(env, info, &count, arguments, &self, nullptr) != napi_ok) {
      ThrowStatus(env, "call");
      return;
    }
    void* data = nullptr;
    if (napi_unwrap(env, self, &data) != napi_ok) {
      Throw(env, kNativeFailed, "not a compiled pattern");
      return;
    }
    Environment* environment = GetEnvironment(env);
    if (environment == nullptr || !environment->text.Read(env, arguments[0])) return;
    text_ = &environment->text;
    offsets_ = environment->groups;
    if (count > 1 && !ReadFrom(env, arguments[1])) return;
    matcher_ = static_cast<Matcher*>(data);
  }
  ~Call() {
    if (text_ != nullptr) text_->Release();
  }
  Call(const Call&) = delete;
  Call& operator=(const Call&) = delete;

  bool ready() const { return matcher_ != nullptr; }
  Matcher& matcher() const { return *matcher_; }
  const char* text() const { return text_->data(); }
  size_t length() const { return text_->length(); }
  size_t from() const { return from_; }
  int32_t* offsets() const { return offsets_; }

 private:
  bool ReadFrom(napi_env env, napi_value value) {
    int64_t from = 0;
    if (napi_get_value_int64(env, value, &from) != napi_ok || from < 0 ||
        static_cast<uint64_t>(from) > text_->length()) {
      Throw(env, kNativeFailed, "a search begins within its value");
      return false;
    }
    from_ = static_cast<size_t>(from);
    return true;
  }

  TextBuffer* text_ = nullptr;
  int32_t* offsets_ = nullptr;
  Matcher* matcher_ = nullptr;
  size_t from_ = 0;
};

napi_value Test(napi_env env, napi_callback_info info) {
  const Call call(env, info);
  if (!call.ready()) return nullptr;
  Failure failure;
  bool found = false;
  try {
    found = call.matcher().Test(call.text(), call.length(), call.from(), &failure);
  } catch (const std::exception& error) {
    return Throw(env, kNativeFailed, error.what());
  }
  if (failure.failed()) return Throw(env, failure);
  napi_value result;
  return napi_get_boolean(env, found, &result) == napi_ok ? result : ThrowStatus(env, "test");
}

// The number of groups of the match, 0 without one; their offsets go to the memory that `groups` of the addon shows.
napi_value Exec(napi_env env, napi_callback_info info) {
  const Call call(env, info);
  if (!call.ready()) return nullptr;
  Failure failure;
  Groups groups;
  bool found = false;
  try {
    found = call.matcher().Exec(call.text(), call.length(), call.from(), &groups, &failure);
  } catch (const std::exception& error) {
    return Throw(env, kNativeFailed, error.what());
  }
  if (failure.failed()) return Throw(env, failure);
  const int count = found ? groups.count : 0;
  std::memcpy(call.offsets(), groups.offsets, 2 * static_cast<size_t>(count) * sizeof(int32_t));
  napi_value result;
  return napi_create_int32(env, count, &result) == napi_ok ? result : ThrowStatus(env, "exec");
}

// Makes the array that `exec` leaves its offsets in, and adds it to `exports`.
bool DefineGroups(napi_env env, Environment& environment, napi_value exports) {
  constexpr size_t kLength = 2 * kGroupsMax;
  void* memory = nullptr;
  napi_value buffer, groups;
  if (napi_create_arraybuffer(env, kLength * sizeof(int32_t), &memory, &buffer) != napi_ok ||
      napi_create_typedarray(env, napi_int32_array, kLength, buffer, 0, &groups) != napi_ok ||
      // Held as long as the environment lives: matches are reported that long.
      napi_create_reference(env, groups, 1, &environment.groups_memory) != napi_ok) {
    return false;
  }
  environment.groups = static_cast<int32_t*>(memory);
  return napi_set_named_property(env, exports, "groups", groups) == napi_ok;
}

// compile…(pattern, limit): the limit is bytes for RE2 and steps for PCRE2.
template <typename CompileFunction>
napi_value Compile(napi_env env, napi_callback_info info, CompileFunction compile) {
  size_t count = 2;
  napi_value arguments[2];
  int64_t limit = 0;
  if (napi_get_cb_info(env, info, &count, arguments, nullptr, nullptr) != napi_ok ||
      napi_get_value_int64(env, arguments[1], &limit) != napi_ok || limit <= 0) {
    return Throw(env, kNativeFailed, "compile takes a pattern and a limit above 0");
  }
  Environment* environment = GetEnvironment(env);
  if (environment == nullptr || !environment->text.Read(env, arguments[0])) return nullptr;
  Failure failure;
  try {
    environment->under_construction = compile(environment->text.data(), environment->text.length(), limit, &failure);
  } catch (const std::exception& error) {
    return Throw(env, kNativeFailed, error.what());
  }
  environment->text.Release();
  if (failure.failed()) return Throw(env, failure);
  napi_value regex_class, result;
  if (napi_get_reference_value(env, environment->regex_class, &regex_class) != napi_ok ||
      napi_new_instance(env, regex_class, 0, nullptr, &result) != napi_ok) {
    environment->under_construction.reset();
    return ThrowStatus(env, "compile");
  }
  return result;
}

napi_value Re2(napi_env env, napi_callback_info info) { return Compile(env, info, CompileRe2); }

napi_value Pcre2(napi_env env, napi_callback_info info) {
  return Compile(env, info, [](const char* pattern, size_t length, int64_t limit, Failure* failure) {
    return CompilePcre2(pattern, length, limit > UINT32_MAX ? UINT32_MAX : static_cast<uint32_t>(limit), failure);
  });
}

}  // namespace

bool DefineRegex(napi_env env, napi_value exports) {
  const napi_property_descriptor methods[] = {
      {"test", nullptr, Test, nullptr, nullptr, nullptr, napi_default_method, nullptr},
      {"exec", nullptr, Exec, nullptr, nullptr, nullptr, napi_default_method, nullptr},
  };
  const napi_property_descriptor functions[] = {
      {"compileRe2", nullptr, Re2, nullptr, nullptr, nullptr, napi_enumerable, nullptr},
      {"compilePcre2", nullptr, Pcre2, nullptr, nullptr, nullptr, napi_enumerable, nullptr},
  };
  Environment* environment = GetEnvironment(env);
  napi_value regex_class;
  return environment != nullptr && DefineGroups(env, *environment, exports) &&
         napi_define_class(env, "NativeRegex", NAPI_AUTO_LENGTH, Construct, nullptr, 2, methods, &regex_class) ==
             napi_ok &&
         napi_create_reference(env, regex_class, 1, &environment->regex_class) == napi_ok &&
         napi_define_properties(env, exports, 2, functions) == napi_ok;
}

}  // namespace sluice
