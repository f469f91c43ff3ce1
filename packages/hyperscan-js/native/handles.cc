#include "handles.h"

#include <new>

#include "status.h"

namespace hyperscan_js {

namespace {

void FinalizeDatabase(node_api_basic_env env, void* data, void*) {
  auto* handle = static_cast<DatabaseHandle*>(data);
  CloseDatabase(env, handle);
  delete handle;
}

template <typename Handle>
Handle* Open(napi_env env, napi_value value, uint32_t kind) {
  void* data = nullptr;
  if (napi_get_value_external(env, value, &data) != napi_ok || data == nullptr) return nullptr;
  auto* handle = static_cast<Handle*>(data);
  return handle->kind == kind && handle->shared != nullptr ? handle : nullptr;
}

}  // namespace

void Account(node_api_basic_env env, int64_t bytes) {
  int64_t total = 0;
  napi_adjust_external_memory(env, bytes, &total);
}

napi_value WrapDatabase(napi_env env, SharedDatabase* shared) {
  auto* handle = new (std::nothrow) DatabaseHandle{kDatabaseKind, shared};
  napi_value value = nullptr;
  if (handle != nullptr && napi_create_external(env, handle, FinalizeDatabase, nullptr, &value) == napi_ok) {
    Account(env, static_cast<int64_t>(shared->size_bytes));
    return value;
  }
  delete handle;
  Release(shared);
  return StatusValue(env, handle == nullptr ? HS_NOMEM : kNodeApiFailed);
}

DatabaseHandle* OpenDatabase(napi_env env, napi_value value) {
  return Open<DatabaseHandle>(env, value, kDatabaseKind);
}

ScannerHandle* OpenScanner(napi_env env, napi_value value) {
  return Open<ScannerHandle>(env, value, kScannerKind);
}

StreamHandle* OpenStreamHandle(napi_env env, napi_value value) {
  return Open<StreamHandle>(env, value, kStreamKind);
}

CompressedHandle* OpenCompressed(napi_env env, napi_value value) {
  return Open<CompressedHandle>(env, value, kCompressedKind);
}

void CloseDatabase(node_api_basic_env env, DatabaseHandle* handle) {
  if (handle->shared == nullptr) return;
  Account(env, -static_cast<int64_t>(handle->shared->size_bytes));
  Release(handle->shared);
  handle->shared = nullptr;
}

void CloseScanner(ScannerHandle* handle) {
  if (handle->shared == nullptr) return;
  RemoveScanner(handle->state, handle->own_scratch);
  Release(handle->shared);
  handle->shared = nullptr;
}

}  // namespace hyperscan_js
