// Scanning whole values: many in one call, results into an array of the caller's. Nothing is allocated for a call.
#include <cstdint>
#include <cstdlib>
#include <hs.h>
#include <new>

#include "arguments.h"
#include "functions.h"
#include "handles.h"
#include "matches.h"
#include "status.h"

namespace hyperscan_js {

namespace {

// Where an empty array has no memory, Hyperscan still wants an address.
constexpr char kNothing[1] = {0};

int ScanOne(const ScannerHandle* scanner, const char* data, uint32_t length, size_t behind, Matches* matches) {
  const char* safe = SafeToScan(scanner->state, data, length, behind);
  if (safe == nullptr) return HS_NOMEM;
  return hs_scan(scanner->shared->database, safe, length, 0, ScratchOf(scanner->state, scanner->own_scratch), OnMatch, matches);
}

int ScanValues(const ScannerHandle* scanner, uint32_t count, Matches* matches) {
  // Each offset is read once: the array may lie in memory that another thread writes to.
  const volatile uint32_t* offsets = scanner->offsets;
  const char* arena = scanner->arena == nullptr ? kNothing : reinterpret_cast<const char*>(scanner->arena);
  uint32_t start = offsets[0];
  for (uint32_t i = 0; i < count; i++) {
    const uint32_t end = offsets[i + 1];
    if (end < start || end > scanner->arena_length) return kBadOffsets;
    matches->value = i;
    const int error = ScanOne(scanner, arena + start, end - start, scanner->arena_length - end, matches);
    if (error != HS_SUCCESS) return error;
    start = end;
  }
  return HS_SUCCESS;
}

void FinalizeScanner(node_api_basic_env, void* data, void*) {
  auto* handle = static_cast<ScannerHandle*>(data);
  CloseScanner(handle);
  delete handle;
}

Matches NewMatches(const ScannerHandle* scanner) {
  return {scanner->out, scanner->out_length / scanner->words, 0, 0, scanner->words};
}

}  // namespace

// createScanner(database handle, words of a record, mode): handle
napi_value CreateScanner(napi_env env, napi_callback_info info) {
  napi_value arguments[3];
  uint32_t words = 0;
  uint32_t mode = 0;
  ThreadState* state = GetThreadState(env);
  if (state == nullptr || !GetArguments(env, info, arguments) || !GetUint32(env, arguments[1], &words) ||
      !GetUint32(env, arguments[2], &mode)) {
    return StatusValue(env, kNodeApiFailed);
  }
  const DatabaseHandle* database = OpenDatabase(env, arguments[0]);
  if (database == nullptr) return StatusValue(env, kBadHandle);
  if (database->shared->mode != mode) return StatusValue(env, HS_DB_MODE_ERROR);
  auto* scanner = new (std::nothrow) ScannerHandle{};
  if (scanner == nullptr) return StatusValue(env, HS_NOMEM);
  const hs_error_t error = AddScanner(state, database->shared->database, &scanner->own_scratch);
  if (error != HS_SUCCESS) {
    delete scanner;
    return StatusValue(env, error);
  }
  Retain(database->shared);
  scanner->kind = kScannerKind;
  scanner->shared = database->shared;
  scanner->state = state;
  scanner->words = words;
  napi_value value = nullptr;
  if (napi_create_external(env, scanner, FinalizeScanner, nullptr, &value) == napi_ok) return value;
  CloseScanner(scanner);
  delete scanner;
  return StatusValue(env, kNodeApiFailed);
}

// bindInput(handle, arena: Uint8Array, offsets: Uint32Array): 0
napi_value BindInput(napi_env env, napi_callback_info info) {
  napi_value arguments[3];
  if (!GetArguments(env, info, arguments)) return StatusValue(env, kNodeApiFailed);
  ScannerHandle* scanner = OpenScanner(env, arguments[0]);
  if (scanner == nullptr) return StatusValue(env, kBadHandle);
  if (!GetElements(env, arguments[1], napi_uint8_array, &scanner->arena, &scanner->arena_length) ||
      !GetElements(env, arguments[2], napi_uint32_array, &scanner->offsets, &scanner->offsets_length)) {
    scanner->arena_length = 0;
    scanner->offsets_length = 0;
    return StatusValue(env, kNodeApiFailed);
  }
  return StatusValue(env, HS_SUCCESS);
}

// bindOutput(handle, out: Uint32Array): 0
napi_value BindOutput(napi_env env, napi_callback_info info) {
  napi_value arguments[2];
  if (!GetArguments(env, info, arguments)) return StatusValue(env, kNodeApiFailed);
  ScannerHandle* scanner = OpenScanner(env, arguments[0]);
  if (scanner == nullptr) return StatusValue(env, kBadHandle);
  if (GetElements(env, arguments[1], napi_uint32_array, &scanner->out, &scanner->out_length)) {
    return StatusValue(env, HS_SUCCESS);
  }
  scanner->out_length = 0;
  return StatusValue(env, kNodeApiFailed);
}

// scanBatch(handle, count): matches, over the bound arrays
napi_value ScanBatch(napi_env env, napi_callback_info info) {
  napi_value arguments[2];
  uint32_t count = 0;
  if (!GetArguments(env, info, arguments) || !GetUint32(env, arguments[1], &count)) {
    return StatusValue(env, kNodeApiFailed);
  }
  const ScannerHandle* scanner = OpenScanner(env, arguments[0]);
  if (scanner == nullptr) return StatusValue(env, kBadHandle);
  if (count == 0) return StatusValue(env, 0);
  if (count >= scanner->offsets_length) return StatusValue(env, kTooFewOffsets);
  Matches matches = NewMatches(scanner);
  const int status = ScanValues(scanner, count, &matches);
  TrimScanRoom(scanner->state);
  return status == HS_SUCCESS ? Total(env, matches.total) : StatusValue(env, status);
}

// scanString(handle, value: latin1 string): matches, into the bound output
napi_value ScanString(napi_env env, napi_callback_info info) {
  napi_value arguments[2];
  size_t length = 0;
  if (!GetArguments(env, info, arguments) ||
      napi_get_value_string_latin1(env, arguments[1], nullptr, 0, &length) != napi_ok) {
    return StatusValue(env, kNodeApiFailed);
  }
  const ScannerHandle* scanner = OpenScanner(env, arguments[0]);
  if (scanner == nullptr) return StatusValue(env, kBadHandle);
  if (length > UINT32_MAX) return StatusValue(env, HS_INVALID);
  char* text = ScanRoom(scanner->state, length);
  if (text == nullptr) return StatusValue(env, HS_NOMEM);
  size_t copied = 0;
  int status = kNodeApiFailed;
  Matches matches = NewMatches(scanner);
  // The terminating NUL goes into the room behind the value.
  if (napi_get_value_string_latin1(env, arguments[1], text, length + 1, &copied) == napi_ok && copied == length) {
    status = ScanOne(scanner, text, static_cast<uint32_t>(length), kReadBeyondMax, &matches);
  }
  TrimScanRoom(scanner->state);
  return status == HS_SUCCESS ? Total(env, matches.total) : StatusValue(env, status);
}

// closeScanner(handle): 0
napi_value CloseScannerHandle(napi_env env, napi_callback_info info) {
  napi_value arguments[1];
  if (!GetArguments(env, info, arguments)) return StatusValue(env, kNodeApiFailed);
  ScannerHandle* scanner = OpenScanner(env, arguments[0]);
  if (scanner == nullptr) return StatusValue(env, kBadHandle);
  CloseScanner(scanner);
  return StatusValue(env, HS_SUCCESS);
}

}  // namespace hyperscan_js
