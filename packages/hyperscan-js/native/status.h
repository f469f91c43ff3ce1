// What a native function answers when it could not do its work. src/errors.ts turns each number into a coded error.
#pragma once

#include <node_api.h>

namespace hyperscan_js {

// Hyperscan's own hs_error_t values are -1 to -13 and pass as they are.
enum Status : int {
  kNodeApiFailed = -20,
  kBadOffsets = -21,
  kTooFewOffsets = -22,
  kBadHandle = -23,
  kUnknownToken = -24,
  kTooManyMatches = -25,
  kTooLong = -26,
  kUndrained = -27,
};

// A status as JavaScript's number. nullptr where an exception or the end of the environment is pending.
inline napi_value StatusValue(napi_env env, int status) {
  napi_value value = nullptr;
  napi_create_int32(env, status, &value);
  return value;
}

}  // namespace hyperscan_js
