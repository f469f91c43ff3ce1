// What is linked and what it runs on.
#include <cstdint>
#include <hs.h>

#include "arguments.h"
#include "functions.h"
#include "status.h"
#include "thread_state.h"

namespace hyperscan_js {

// libraryVersion(): string
napi_value LibraryVersion(napi_env env, napi_callback_info) {
  napi_value value = nullptr;
  const napi_status status = napi_create_string_latin1(env, hs_version(), NAPI_AUTO_LENGTH, &value);
  return status == napi_ok ? value : StatusValue(env, kNodeApiFailed);
}

// checkCpu(): 0, or HS_ARCH_ERROR where the CPU lacks what every scan needs (SSSE3)
napi_value CheckCpu(napi_env env, napi_callback_info) { return StatusValue(env, hs_valid_platform()); }

// hostFeatures(): HS_CPU_FEATURES_* of this CPU, or a status
napi_value HostFeatures(napi_env env, napi_callback_info) {
  hs_platform_info_t platform{};
  const hs_error_t error = hs_populate_platform(&platform);
  if (error != HS_SUCCESS) return StatusValue(env, error);
  napi_value value = nullptr;
  const napi_status status = napi_create_uint32(env, static_cast<uint32_t>(platform.cpu_features), &value);
  return status == napi_ok ? value : StatusValue(env, kNodeApiFailed);
}

// setOwnScratch(boolean): 0
napi_value SetOwnScratchSpace(napi_env env, napi_callback_info info) {
  napi_value arguments[1];
  bool is_own = false;
  if (!GetArguments(env, info, arguments) || napi_get_value_bool(env, arguments[0], &is_own) != napi_ok) {
    return StatusValue(env, kNodeApiFailed);
  }
  SetOwnScratch(is_own);
  return StatusValue(env, HS_SUCCESS);
}

}  // namespace hyperscan_js
