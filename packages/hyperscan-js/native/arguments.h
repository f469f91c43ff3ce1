// Reading arguments. JavaScript has validated them: a failure here is a defect or the end of the environment.
#pragma once

#include <cstddef>
#include <cstdint>
#include <node_api.h>

namespace hyperscan_js {

// Exactly `N` arguments; missing ones are `undefined`.
template <size_t N>
bool GetArguments(napi_env env, napi_callback_info info, napi_value (&values)[N]) {
  size_t count = N;
  return napi_get_cb_info(env, info, &count, values, nullptr, nullptr) == napi_ok;
}

// Where the elements of a typed array lie, and how many they are. A detached one has none.
template <typename Element>
bool GetElements(napi_env env, napi_value value, napi_typedarray_type wanted, Element** data, size_t* length) {
  napi_typedarray_type type;
  void* memory = nullptr;
  if (napi_get_typedarray_info(env, value, &type, length, &memory, nullptr, nullptr) != napi_ok) return false;
  *data = static_cast<Element*>(memory);
  if (memory == nullptr) *length = 0;
  return type == wanted;
}

inline bool GetUint32(napi_env env, napi_value value, uint32_t* number) {
  return napi_get_value_uint32(env, value, number) == napi_ok;
}

inline bool SetField(napi_env env, napi_value object, const char* name, double number) {
  napi_value value = nullptr;
  return napi_create_double(env, number, &value) == napi_ok &&
         napi_set_named_property(env, object, name, value) == napi_ok;
}

// A latin1 string as bytes with a NUL behind them, from malloc; nullptr when that failed.
char* CopyLatin1(napi_env env, napi_value value, size_t* length);

// A NUL-terminated latin1 string, which it frees, as JavaScript's; a status when that failed.
napi_value TakeString(napi_env env, char* text);

}  // namespace hyperscan_js
