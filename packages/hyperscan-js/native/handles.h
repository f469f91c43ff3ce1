// The kinds of objects that JavaScript holds, as externals. Each is freed with its environment or by the collector;
// close() gives up what it holds before that and leaves the empty handle behind.
#pragma once

#include <cstddef>
#include <cstdint>
#include <node_api.h>

#include "pending.h"
#include "shared_database.h"
#include "thread_state.h"

namespace hyperscan_js {

constexpr uint32_t kDatabaseKind = 0x68736462;
constexpr uint32_t kScannerKind = 0x68737363;
constexpr uint32_t kStreamKind = 0x68737374;
constexpr uint32_t kCompressedKind = 0x68737a73;

// Every handle begins with its kind and its database, which is nullptr once closed.
struct DatabaseHandle {
  uint32_t kind;
  SharedDatabase* shared;
};

struct ScannerHandle {
  uint32_t kind;
  SharedDatabase* shared;
  ThreadState* state;
  // Where the bound arrays lie. The JavaScript side keeps the arrays alive and binds anew when one has changed.
  const uint8_t* arena;
  size_t arena_length;
  const uint32_t* offsets;
  size_t offsets_length;
  uint32_t* out;
  size_t out_length;
  // Of a record.
  uint32_t words;
  // nullptr where it shares that of the thread.
  hs_scratch_t* own_scratch;
};

struct StreamHandle {
  uint32_t kind;
  SharedDatabase* shared;
  ThreadState* state;
  // nullptr where it shares that of the thread.
  hs_scratch_t* own_scratch;
  hs_stream_t* stream;
  PendingMatches pending;
  // HS_SUCCESS, or why the stream can take no more until it is reset.
  int failure;
};

// A stream's state at rest.
struct CompressedHandle {
  uint32_t kind;
  SharedDatabase* shared;
  char* bytes;
  size_t length;
  size_t pending_max;
  uint32_t words;
};

// The database as JavaScript's external, taking the caller's reference over; a status when that failed.
napi_value WrapDatabase(napi_env env, SharedDatabase* shared);

// An open handle of its kind, or nullptr.
DatabaseHandle* OpenDatabase(napi_env env, napi_value value);
ScannerHandle* OpenScanner(napi_env env, napi_value value);
StreamHandle* OpenStreamHandle(napi_env env, napi_value value);
CompressedHandle* OpenCompressed(napi_env env, napi_value value);

void CloseDatabase(node_api_basic_env env, DatabaseHandle* handle);
void CloseScanner(ScannerHandle* handle);

// Tells the collector how much memory hangs on a handle, so that forgotten ones are found in time.
void Account(node_api_basic_env env, int64_t bytes);

}  // namespace hyperscan_js
