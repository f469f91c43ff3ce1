// What is linked and what it runs on.
#include <cstdint>
#include <hs.h>

#include "functions.h"
#include "status.h"

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

}  // namespace hyperscan_js
