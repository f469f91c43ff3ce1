#include "environment.h"

#include <new>

namespace sluice {
namespace {

constexpr size_t kBufferBytesMin = 16 * 1024;
// What an environment keeps between calls at most.
constexpr size_t kBufferBytesKept = 1024 * 1024;
// Hyperscan 5.4.0 reads up to a vector beyond the end of what it scans.
constexpr size_t kPaddingBytes = 64;

}  // namespace

bool TextBuffer::Reserve(size_t bytes) {
  if (bytes <= capacity_) return true;
  size_t capacity = kBufferBytesMin;
  while (capacity < bytes && capacity < kBufferBytesKept) capacity *= 2;
  if (capacity < bytes) capacity = bytes;
  // Freed first: the two together would double the peak for nothing.
  Release();
  data_.reset();
  capacity_ = 0;
  data_.reset(new (std::nothrow) char[capacity]);
  if (!data_) return false;
  capacity_ = capacity;
  return true;
}

bool TextBuffer::Read(napi_env env, napi_value string) {
  size_t length = 0;
  if (napi_get_value_string_latin1(env, string, nullptr, 0, &length) != napi_ok) {
    Throw(env, kNativeFailed, "a string was expected");
    return false;
  }
  if (!Reserve(length + 1 + kPaddingBytes)) {
    Throw(env, kNativeFailed, "out of memory");
    return false;
  }
  if (napi_get_value_string_latin1(env, string, data_.get(), length + 1, &length_) != napi_ok || length_ != length) {
    Throw(env, kNativeFailed, "a string could not be read");
    return false;
  }
#ifdef __SANITIZE_ADDRESS__
  if (!guarded_.Copy(data_.get(), length)) {
    Throw(env, kNativeFailed, "out of memory");
    return false;
  }
#endif
  return true;
}

void TextBuffer::Release() {
  length_ = 0;
  if (capacity_ <= kBufferBytesKept) return;
  data_.reset();
  capacity_ = 0;
}

Environment* GetEnvironment(napi_env env) {
  void* data = nullptr;
  if (napi_get_instance_data(env, &data) == napi_ok && data != nullptr) return static_cast<Environment*>(data);
  Throw(env, kNativeFailed, "the addon has no state in this environment");
  return nullptr;
}

napi_value Throw(napi_env env, const char* code, const char* reason) {
  bool pending = false;
  napi_is_exception_pending(env, &pending);
  if (!pending) napi_throw_error(env, code, reason);
  return nullptr;
}

napi_value Throw(napi_env env, const Failure& failure) { return Throw(env, failure.code, failure.reason.c_str()); }

napi_value ThrowStatus(napi_env env, const char* what) {
  const napi_extended_error_info* info = nullptr;
  napi_get_last_error_info(env, &info);
  std::string reason = what;
  if (info != nullptr && info->error_message != nullptr) reason = reason + ": " + info->error_message;
  return Throw(env, kNativeFailed, reason.c_str());
}

}  // namespace sluice
