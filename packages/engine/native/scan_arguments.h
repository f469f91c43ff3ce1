// How scan tables and plans come from JavaScript: typed arrays, and externals that carry a tag of their kind.
#ifndef SLUICE_ENGINE_SCAN_ARGUMENTS_H_
#define SLUICE_ENGINE_SCAN_ARGUMENTS_H_

#include <node_api.h>

#include <memory>

#include "environment.h"
#include "scan_tables.h"

namespace sluice {

constexpr napi_type_tag kTablesTag = {0x736c756963652d74ULL, 0x61626c65732d3031ULL};

using TablesPointer = std::shared_ptr<ScanTables>;

template <typename T>
struct Span {
  const T* data = nullptr;
  size_t size = 0;
};

template <typename T>
bool ReadArray(napi_env env, napi_value value, napi_typedarray_type type, Span<T>* span) {
  napi_typedarray_type actual;
  void* data = nullptr;
  if (napi_get_typedarray_info(env, value, &actual, &span->size, &data, nullptr, nullptr) != napi_ok || actual != type) {
    Throw(env, kNativeFailed, "a typed array was expected");
    return false;
  }
  span->data = static_cast<const T*>(data);
  return true;
}

template <typename T>
bool ReadField(napi_env env, napi_value object, const char* name, napi_typedarray_type type, Span<T>* span) {
  napi_value value;
  if (napi_get_named_property(env, object, name, &value) != napi_ok) {
    ThrowStatus(env, name);
    return false;
  }
  return ReadArray(env, value, type, span);
}

inline void* ReadExternal(napi_env env, napi_value value, const napi_type_tag& tag) {
  bool is_ours = false;
  void* data = nullptr;
  if (napi_check_object_type_tag(env, value, &tag, &is_ours) == napi_ok && is_ours &&
      napi_get_value_external(env, value, &data) == napi_ok && data != nullptr) {
    return data;
  }
  Throw(env, kNativeFailed, "not a handle of this addon");
  return nullptr;
}

template <typename T>
napi_value WrapExternal(napi_env env, std::unique_ptr<T> object, const napi_type_tag& tag) {
  const auto finalize = [](napi_env, void* data, void*) { delete static_cast<T*>(data); };
  napi_value value;
  if (napi_create_external(env, object.get(), finalize, nullptr, &value) != napi_ok) return ThrowStatus(env, "external");
  object.release();
  return napi_type_tag_object(env, value, &tag) == napi_ok ? value : ThrowStatus(env, "external");
}

// createScanTables({categories, lengths, databases, variants, deciders, needStarts, needs}): external
napi_value CreateScanTables(napi_env env, napi_callback_info info);

}  // namespace sluice

#endif
