// Streams: one value in chunks.
#include <cstdint>
#include <cstdlib>
#include <hs.h>
#include <new>

#include "arguments.h"
#include "functions.h"
#include "handles.h"
#include "status.h"
#include "stream_handle.h"

namespace hyperscan_js {

namespace {

// Hyperscan takes lengths of 32 bits.
constexpr size_t kPieceMax = size_t{1} << 30;

// Scans a chunk, in pieces where Hyperscan could not count its bytes.
int ScanPieces(StreamHandle* handle, const char* data, size_t length, StreamMatches* matches) {
  while (length > 0) {
    const size_t piece = length < kPieceMax ? length : kPieceMax;
    const char* safe = SafeToScan(handle->state, data, piece, length - piece);
    if (safe == nullptr) return HS_NOMEM;
    const int error = hs_scan_stream(handle->stream, safe, static_cast<unsigned int>(piece), 0, 
                                     ScratchOf(handle->state, handle->own_scratch), OnStreamMatch, matches);
    if (error != HS_SUCCESS) return error;
    data += piece;
    length -= piece;
  }
  return HS_SUCCESS;
}

// All matches there are, written or waiting; or the failure, which stays.
napi_value Answer(napi_env env, StreamHandle* handle, const StreamMatches& matches, int status) {
  if (status == HS_SUCCESS) return Total(env, matches.written.total + handle->pending.count);
  handle->failure = status == HS_SCAN_TERMINATED ? matches.status : status;
  ClearPending(&handle->pending);
  return StatusValue(env, handle->failure);
}

// The output of a call, what waits being written first.
bool Begin(napi_env env, StreamHandle* handle, napi_value out, StreamMatches* matches) {
  uint32_t* words = nullptr;
  size_t length = 0;
  if (!GetElements(env, out, napi_uint32_array, &words, &length)) return false;
  matches->written = {words, length / handle->pending.words, 0, 0, handle->pending.words};
  matches->pending = &handle->pending;
  matches->status = HS_SUCCESS;
  DrainPending(&handle->pending, &matches->written);
  return true;
}

}  // namespace

// openStream(database handle, words of a record, matches that may wait): handle
napi_value OpenStream(napi_env env, napi_callback_info info) {
  napi_value arguments[3];
  uint32_t words = 0;
  uint32_t pending_max = 0;
  if (!GetArguments(env, info, arguments) || !GetUint32(env, arguments[1], &words) ||
      !GetUint32(env, arguments[2], &pending_max)) {
    return StatusValue(env, kNodeApiFailed);
  }
  const DatabaseHandle* database = OpenDatabase(env, arguments[0]);
  if (database == nullptr) return StatusValue(env, kBadHandle);
  hs_stream_t* stream = nullptr;
  const hs_error_t error = hs_open_stream(database->shared->database, 0, &stream);
  if (error != HS_SUCCESS) return StatusValue(env, error);
  return WrapStream(env, database->shared, stream, words, pending_max);
}

// scanStream(handle, chunk: Uint8Array, out: Uint32Array): matches
napi_value ScanStream(napi_env env, napi_callback_info info) {
  napi_value arguments[3];
  const char* data = nullptr;
  size_t length = 0;
  if (!GetArguments(env, info, arguments) || !GetElements(env, arguments[1], napi_uint8_array, &data, &length)) {
    return StatusValue(env, kNodeApiFailed);
  }
  StreamHandle* handle = OpenStreamHandle(env, arguments[0]);
  if (handle == nullptr) return StatusValue(env, kBadHandle);
  if (handle->failure != HS_SUCCESS) return StatusValue(env, handle->failure);
  StreamMatches matches{};
  if (!Begin(env, handle, arguments[2], &matches)) return StatusValue(env, kNodeApiFailed);
  const int status = ScanPieces(handle, data, length, &matches);
  TrimScanRoom(handle->state);
  return Answer(env, handle, matches, status);
}

// endStream(handle, out: Uint32Array): matches. The stream is as if newly opened then.
napi_value EndStream(napi_env env, napi_callback_info info) {
  napi_value arguments[2];
  if (!GetArguments(env, info, arguments)) return StatusValue(env, kNodeApiFailed);
  StreamHandle* handle = OpenStreamHandle(env, arguments[0]);
  if (handle == nullptr) return StatusValue(env, kBadHandle);
  if (handle->failure != HS_SUCCESS) return StatusValue(env, handle->failure);
  StreamMatches matches{};
  if (!Begin(env, handle, arguments[1], &matches)) return StatusValue(env, kNodeApiFailed);
  hs_scratch_t* scratch = ScratchOf(handle->state, handle->own_scratch);
  const hs_error_t error = hs_reset_stream(handle->stream, 0, scratch, OnStreamMatch, &matches);
  // A callback that stops the scan shows in its own status here.
  return Answer(env, handle, matches, error != HS_SUCCESS ? error : matches.status);
}

// drainStream(handle, out: Uint32Array): matches
napi_value DrainStream(napi_env env, napi_callback_info info) {
  napi_value arguments[2];
  if (!GetArguments(env, info, arguments)) return StatusValue(env, kNodeApiFailed);
  StreamHandle* handle = OpenStreamHandle(env, arguments[0]);
  if (handle == nullptr) return StatusValue(env, kBadHandle);
  StreamMatches matches{};
  if (!Begin(env, handle, arguments[1], &matches)) return StatusValue(env, kNodeApiFailed);
  return Total(env, matches.written.total + handle->pending.count);
}

// pendingOfStream(handle): matches that wait
napi_value PendingOfStream(napi_env env, napi_callback_info info) {
  napi_value arguments[1];
  if (!GetArguments(env, info, arguments)) return StatusValue(env, kNodeApiFailed);
  const StreamHandle* handle = OpenStreamHandle(env, arguments[0]);
  return handle == nullptr ? StatusValue(env, kBadHandle) : Total(env, handle->pending.count);
}

// resetStream(handle): 0
napi_value ResetStream(napi_env env, napi_callback_info info) {
  napi_value arguments[1];
  if (!GetArguments(env, info, arguments)) return StatusValue(env, kNodeApiFailed);
  StreamHandle* handle = OpenStreamHandle(env, arguments[0]);
  if (handle == nullptr) return StatusValue(env, kBadHandle);
  if (handle->pending.count > 0) return StatusValue(env, kUndrained);
  const hs_error_t error = hs_reset_stream(handle->stream, 0, nullptr, nullptr, nullptr);
  handle->failure = error;
  return StatusValue(env, error);
}

// copyStream(handle): handle
napi_value CopyStream(napi_env env, napi_callback_info info) {
  napi_value arguments[1];
  if (!GetArguments(env, info, arguments)) return StatusValue(env, kNodeApiFailed);
  const StreamHandle* handle = OpenStreamHandle(env, arguments[0]);
  if (handle == nullptr) return StatusValue(env, kBadHandle);
  if (handle->failure != HS_SUCCESS) return StatusValue(env, handle->failure);
  if (handle->pending.count > 0) return StatusValue(env, kUndrained);
  hs_stream_t* stream = nullptr;
  const hs_error_t error = hs_copy_stream(&stream, handle->stream);
  if (error != HS_SUCCESS) return StatusValue(env, error);
  return WrapStream(env, handle->shared, stream, handle->pending.words, handle->pending.count_max);
}

// compressStream(handle): compressed handle
napi_value CompressStream(napi_env env, napi_callback_info info) {
  napi_value arguments[1];
  if (!GetArguments(env, info, arguments)) return StatusValue(env, kNodeApiFailed);
  const StreamHandle* handle = OpenStreamHandle(env, arguments[0]);
  if (handle == nullptr) return StatusValue(env, kBadHandle);
  if (handle->failure != HS_SUCCESS) return StatusValue(env, handle->failure);
  if (handle->pending.count > 0) return StatusValue(env, kUndrained);
  size_t length = 0;
  hs_error_t error = hs_compress_stream(handle->stream, nullptr, 0, &length);
  if (error != HS_INSUFFICIENT_SPACE) return StatusValue(env, error);
  auto* bytes = static_cast<char*>(malloc(length));
  if (bytes == nullptr) return StatusValue(env, HS_NOMEM);
  error = hs_compress_stream(handle->stream, bytes, length, &length);
  if (error == HS_SUCCESS) return WrapCompressed(env, handle, bytes, length);
  free(bytes);
  return StatusValue(env, error);
}

// expandStream(compressed handle): handle
napi_value ExpandStream(napi_env env, napi_callback_info info) {
  napi_value arguments[1];
  if (!GetArguments(env, info, arguments)) return StatusValue(env, kNodeApiFailed);
  const CompressedHandle* handle = OpenCompressed(env, arguments[0]);
  if (handle == nullptr) return StatusValue(env, kBadHandle);
  hs_stream_t* stream = nullptr;
  const hs_error_t error = hs_expand_stream(handle->shared->database, &stream, handle->bytes, handle->length);
  if (error != HS_SUCCESS) return StatusValue(env, error);
  return WrapStream(env, handle->shared, stream, handle->words, handle->pending_max);
}

// compressedSize(compressed handle): bytes
napi_value CompressedSize(napi_env env, napi_callback_info info) {
  napi_value arguments[1];
  if (!GetArguments(env, info, arguments)) return StatusValue(env, kNodeApiFailed);
  const CompressedHandle* handle = OpenCompressed(env, arguments[0]);
  return handle == nullptr ? StatusValue(env, kBadHandle) : Total(env, handle->length);
}

// closeStream(handle): 0
napi_value CloseStreamHandle(napi_env env, napi_callback_info info) {
  napi_value arguments[1];
  if (!GetArguments(env, info, arguments)) return StatusValue(env, kNodeApiFailed);
  StreamHandle* handle = OpenStreamHandle(env, arguments[0]);
  if (handle == nullptr) return StatusValue(env, kBadHandle);
  CloseStream(env, handle);
  return StatusValue(env, HS_SUCCESS);
}

// closeCompressed(compressed handle): 0
napi_value CloseCompressedHandle(napi_env env, napi_callback_info info) {
  napi_value arguments[1];
  if (!GetArguments(env, info, arguments)) return StatusValue(env, kNodeApiFailed);
  CompressedHandle* handle = OpenCompressed(env, arguments[0]);
  if (handle == nullptr) return StatusValue(env, kBadHandle);
  CloseCompressed(env, handle);
  return StatusValue(env, HS_SUCCESS);
}

}  // namespace hyperscan_js
