#include "stream_handle.h"

#include <cstdlib>
#include <new>

#include "status.h"

namespace hyperscan_js {

namespace {

void FinalizeStream(node_api_basic_env env, void* data, void*) {
  auto* handle = static_cast<StreamHandle*>(data);
  CloseStream(env, handle);
  delete handle;
}

void FinalizeCompressed(node_api_basic_env env, void* data, void*) {
  auto* handle = static_cast<CompressedHandle*>(data);
  CloseCompressed(env, handle);
  delete handle;
}

// Without a callback, closing frees the stream whatever its state. With one, Hyperscan 5.4.0 keeps the memory of a stream
// that has met an internal error; so matches at the end are taken by hs_reset_stream, and never here.
void FreeStream(hs_stream_t* stream) { hs_close_stream(stream, nullptr, nullptr, nullptr); }

}  // namespace

napi_value WrapStream(napi_env env, SharedDatabase* shared, hs_stream_t* stream, uint32_t words, size_t pending_max) {
  ThreadState* state = GetThreadState(env);
  auto* handle = new (std::nothrow) StreamHandle{};
  int error = state == nullptr ? static_cast<int>(kNodeApiFailed) : HS_NOMEM;
  if (state != nullptr && handle != nullptr) error = AddScanner(state, shared->database, &handle->own_scratch);
  if (error != HS_SUCCESS) {
    delete handle;
    FreeStream(stream);
    return StatusValue(env, error);
  }
  Retain(shared);
  handle->kind = kStreamKind;
  handle->shared = shared;
  handle->state = state;
  handle->stream = stream;
  handle->pending.words = words;
  handle->pending.count_max = pending_max;
  Account(env, static_cast<int64_t>(shared->stream_bytes));
  napi_value value = nullptr;
  if (napi_create_external(env, handle, FinalizeStream, nullptr, &value) == napi_ok) return value;
  CloseStream(env, handle);
  delete handle;
  return StatusValue(env, kNodeApiFailed);
}

napi_value WrapCompressed(napi_env env, const StreamHandle* stream, char* bytes, size_t length) {
  auto* handle = new (std::nothrow) CompressedHandle{
      kCompressedKind, stream->shared, bytes, length, stream->pending.count_max, stream->pending.words};
  if (handle == nullptr) {
    free(bytes);
    return StatusValue(env, HS_NOMEM);
  }
  Retain(stream->shared);
  Account(env, static_cast<int64_t>(length));
  napi_value value = nullptr;
  if (napi_create_external(env, handle, FinalizeCompressed, nullptr, &value) == napi_ok) return value;
  CloseCompressed(env, handle);
  delete handle;
  return StatusValue(env, kNodeApiFailed);
}

void CloseStream(node_api_basic_env env, StreamHandle* handle) {
  if (handle->shared == nullptr) return;
  FreeStream(handle->stream);
  ClearPending(&handle->pending);
  Account(env, -static_cast<int64_t>(handle->shared->stream_bytes));
  RemoveScanner(handle->state, handle->own_scratch);
  Release(handle->shared);
  handle->shared = nullptr;
}

void CloseCompressed(node_api_basic_env env, CompressedHandle* handle) {
  if (handle->shared == nullptr) return;
  free(handle->bytes);
  Account(env, -static_cast<int64_t>(handle->length));
  Release(handle->shared);
  handle->shared = nullptr;
}

}  // namespace hyperscan_js
