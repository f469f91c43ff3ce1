#include "arguments.h"

#include <cstdlib>

#include "status.h"

namespace hyperscan_js {

char* CopyLatin1(napi_env env, napi_value value, size_t* length) {
  if (napi_get_value_string_latin1(env, value, nullptr, 0, length) != napi_ok) return nullptr;
  auto* text = static_cast<char*>(malloc(*length + 1));
  if (text == nullptr) return nullptr;
  size_t copied = 0;
  if (napi_get_value_string_latin1(env, value, text, *length + 1, &copied) == napi_ok && copied == *length) return text;
  free(text);
  return nullptr;
}

napi_value TakeString(napi_env env, char* text) {
  napi_value value = nullptr;
  const napi_status status = napi_create_string_latin1(env, text, NAPI_AUTO_LENGTH, &value);
  free(text);
  return status == napi_ok ? value : StatusValue(env, kNodeApiFailed);
}

}  // namespace hyperscan_js
