// What both ways of compiling share.
#pragma once

#include <cstdint>
#include <hs.h>
#include <node_api.h>

namespace hyperscan_js {

struct CompileSettings {
  // Used unless it is the CPU at hand.
  hs_platform_info_t platform;
  bool is_host;
  // HS_MODE_*.
  unsigned int mode;
  // How literals are compiled, for the database's description: see src/literals.ts.
  uint32_t literals;

  const hs_platform_info_t* PlatformInfo() const { return is_host ? nullptr : &platform; }
};

// Reads [features, below 0 for this CPU; mode; literals].
bool GetSettings(napi_env env, napi_value value, CompileSettings* settings);

// The database as a handle, a refused expression as {message, index}, or a status.
napi_value Compiled(napi_env env, hs_error_t error, hs_database_t* database, hs_compile_error_t* refused,
                    uint32_t literals);

// {message, index} of a refused expression; index -1 where Hyperscan names none. Frees the error.
napi_value Refusal(napi_env env, hs_compile_error_t* error);

}  // namespace hyperscan_js
