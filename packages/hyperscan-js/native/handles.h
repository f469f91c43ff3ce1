// The two kinds of objects that JavaScript holds, as externals. Each is freed with its environment or by the collector;
// close() gives up what it holds before that and leaves the empty handle behind.
#pragma once

#include <cstddef>
#include <cstdint>
#include <node_api.h>

#include "shared_database.h"
#include "thread_state.h"

namespace hyperscan_js {

constexpr uint32_t kDatabaseKind = 0x68736462;
constexpr uint32_t kScannerKind = 0x68737363;

struct DatabaseHandle {
  uint32_t kind;
  // nullptr once closed.
  SharedDatabase* shared;
};

struct ScannerHandle {
  uint32_t kind;
  // nullptr once closed.
  SharedDatabase* shared;
  ThreadState* state;
  // Where the bound arrays lie. The JavaScript side keeps the arrays alive and binds anew when one has changed.
  const uint8_t* arena;
  size_t arena_length;
  const uint32_t* offsets;
  size_t offsets_length;
  uint32_t* out;
  size_t out_pairs;
};

// The database as JavaScript's external, taking the caller's reference over; a status when that failed.
napi_value WrapDatabase(napi_env env, SharedDatabase* shared);

// An open database, or nullptr.
DatabaseHandle* OpenDatabase(napi_env env, napi_value value);

// An open scanner, or nullptr.
ScannerHandle* OpenScanner(napi_env env, napi_value value);

void CloseDatabase(node_api_basic_env env, DatabaseHandle* handle);
void CloseScanner(ScannerHandle* handle);

}  // namespace hyperscan_js
