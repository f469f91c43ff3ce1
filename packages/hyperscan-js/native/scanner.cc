// Scanning: many values in one call, results into an array of the caller's. Nothing is allocated for a call.
#include <cstdint>
#include <cstdlib>
#include <hs.h>
#include <new>

#include "arguments.h"
#include "functions.h"
#include "handles.h"
#include "status.h"

namespace hyperscan_js {

namespace {

// Where an empty array has no memory, Hyperscan still wants an address.
constexpr char kNothing[1] = {0};

struct Matches {
  uint32_t* out;
  uint64_t capacity;
  uint64_t total;
  uint32_t value;
};

// Counts all and writes what fits.
int OnMatch(unsigned int id, unsigned long long, unsigned long long, unsigned int, void* context) {
  auto* matches = static_cast<Matches*>(context);
  if (matches->total < matches->capacity) {
    uint32_t* pair = matches->out + 2 * matches->total;
    pair[0] = matches->value;
    pair[1] = id;
  }
  matches->total++;
  return 0;
}

napi_value Total(napi_env env, uint64_t total) {
  napi_value value = nullptr;
  if (total <= INT32_MAX) {
    napi_create_int32(env, static_cast<int32_t>(total), &value);
  } else {
    napi_create_double(env, static_cast<double>(total), &value);
  }
  return value;
}

int ScanOne(const ScannerHandle* scanner, const char* data, uint32_t length, Matches* matches) {
  return hs_scan(scanner->shared->database, data, length, 0, scanner->state->scratch, OnMatch, matches);
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
    const int error = ScanOne(scanner, arena + start, end - start, matches);
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

}  // namespace

// createScanner(database handle): handle
napi_value CreateScanner(napi_env env, napi_callback_info info) {
  napi_value arguments[1];
  ThreadState* state = GetThreadState(env);
  if (state == nullptr || !GetArguments(env, info, arguments)) return StatusValue(env, kNodeApiFailed);
  const DatabaseHandle* database = OpenDatabase(env, arguments[0]);
  if (database == nullptr) return StatusValue(env, kBadHandle);
  auto* scanner = new (std::nothrow) ScannerHandle{};
  if (scanner == nullptr) return StatusValue(env, HS_NOMEM);
  const hs_error_t error = AddScanner(state, database->shared->database);
  if (error != HS_SUCCESS) {
    delete scanner;
    return StatusValue(env, error);
  }
  Retain(database->shared);
  scanner->kind = kScannerKind;
  scanner->shared = database->shared;
  scanner->state = state;
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
  size_t length = 0;
  const bool done = GetElements(env, arguments[1], napi_uint32_array, &scanner->out, &length);
  scanner->out_pairs = done ? length / 2 : 0;
  return StatusValue(env, done ? HS_SUCCESS : kNodeApiFailed);
}

// scanBatch(handle, count): matches, over the bound arrays
napi_value ScanBatch(napi_env env, napi_callback_info info) {
  napi_value arguments[2];
  uint32_t count = 0;
  if (!GetArguments(env, info, arguments) || napi_get_value_uint32(env, arguments[1], &count) != napi_ok) {
    return StatusValue(env, kNodeApiFailed);
  }
  const ScannerHandle* scanner = OpenScanner(env, arguments[0]);
  if (scanner == nullptr) return StatusValue(env, kBadHandle);
  if (count == 0) return StatusValue(env, 0);
  if (count >= scanner->offsets_length) return StatusValue(env, kTooFewOffsets);
  Matches matches{scanner->out, scanner->out_pairs, 0, 0};
  const int status = ScanValues(scanner, count, &matches);
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
  char* text = TextRoom(scanner->state, length);
  if (text == nullptr) return StatusValue(env, HS_NOMEM);
  size_t copied = 0;
  int status = kNodeApiFailed;
  Matches matches{scanner->out, scanner->out_pairs, 0, 0};
  if (napi_get_value_string_latin1(env, arguments[1], text, length + 1, &copied) == napi_ok && copied == length) {
    status = ScanOne(scanner, text, static_cast<uint32_t>(length), &matches);
  }
  TrimTextRoom(scanner->state);
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
