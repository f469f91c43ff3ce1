// Vectored scans: several arrays as one value.
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <hs.h>

#include "arguments.h"
#include "functions.h"
#include "handles.h"
#include "matches.h"
#include "status.h"

namespace hyperscan_js {

namespace {

constexpr char kNothing[1] = {0};

// The parallel arrays that Hyperscan wants, in one piece of memory.
struct Pieces {
  const char** data;
  unsigned int* lengths;
  uint32_t count;
};

bool AllocatePieces(uint32_t count, Pieces* pieces) {
  auto* memory = static_cast<char*>(calloc(count + size_t{1}, sizeof(char*) + sizeof(unsigned int)));
  if (memory == nullptr) return false;
  pieces->data = reinterpret_cast<const char**>(memory);
  pieces->lengths = reinterpret_cast<unsigned int*>(memory + count * sizeof(char*));
  pieces->count = count;
  return true;
}

// Where each piece lies, and how many bytes they are together.
int FillPieces(napi_env env, napi_value array, Pieces* pieces, uint64_t* total) {
  for (uint32_t i = 0; i < pieces->count; i++) {
    napi_value piece = nullptr;
    size_t length = 0;
    if (napi_get_element(env, array, i, &piece) != napi_ok ||
        !GetElements(env, piece, napi_uint8_array, &pieces->data[i], &length)) {
      return kNodeApiFailed;
    }
    *total += length;
    // Offsets are 32 bits wide, and the largest one says that a start is unknown.
    if (*total >= kStartUnknown) return kTooLong;
    pieces->lengths[i] = static_cast<unsigned int>(length);
    if (length == 0) pieces->data[i] = kNothing;
  }
  return HS_SUCCESS;
}

// Copies the pieces that cannot be scanned where they are, one behind another.
int SecurePieces(ThreadState* state, Pieces* pieces) {
  uint64_t wanted = 0;
  for (uint32_t i = 0; i < pieces->count; i++) {
    if (!IsSafeToScan(pieces->data[i], pieces->lengths[i], 0)) wanted += pieces->lengths[i];
  }
  if (wanted == 0) return HS_SUCCESS;
  char* room = ScanRoom(state, wanted);
  if (room == nullptr) return HS_NOMEM;
  for (uint32_t i = 0; i < pieces->count; i++) {
    const unsigned int length = pieces->lengths[i];
    if (IsSafeToScan(pieces->data[i], length, 0)) continue;
    memcpy(room, pieces->data[i], length);
    pieces->data[i] = room;
    room += length;
  }
  return HS_SUCCESS;
}

}  // namespace

// scanVector(handle, pieces: Uint8Array[], count of them, out: Uint32Array): matches
napi_value ScanVector(napi_env env, napi_callback_info info) {
  napi_value arguments[4];
  uint32_t count = 0;
  uint32_t* out = nullptr;
  size_t out_length = 0;
  if (!GetArguments(env, info, arguments) || !GetUint32(env, arguments[2], &count) ||
      !GetElements(env, arguments[3], napi_uint32_array, &out, &out_length)) {
    return StatusValue(env, kNodeApiFailed);
  }
  const ScannerHandle* scanner = OpenScanner(env, arguments[0]);
  if (scanner == nullptr) return StatusValue(env, kBadHandle);
  Pieces pieces{};
  if (!AllocatePieces(count, &pieces)) return StatusValue(env, HS_NOMEM);
  uint64_t total = 0;
  int status = FillPieces(env, arguments[1], &pieces, &total);
  if (status == HS_SUCCESS) status = SecurePieces(scanner->state, &pieces);
  Matches matches{out, out_length / scanner->words, 0, 0, scanner->words};
  if (status == HS_SUCCESS) {
    status = hs_scan_vector(scanner->shared->database, pieces.data, pieces.lengths, count, 0, 
                            ScratchOf(scanner->state, scanner->own_scratch), OnMatch, &matches);
  }
  free(pieces.data);
  TrimScanRoom(scanner->state);
  return status == HS_SUCCESS ? Total(env, matches.total) : StatusValue(env, status);
}

}  // namespace hyperscan_js
