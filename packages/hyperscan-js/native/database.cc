// What can be done with a database: bytes and back, its description, sharing, closing.
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <hs.h>
#include <new>

#include "arguments.h"
#include "functions.h"
#include "handles.h"
#include "lent_database.h"
#include "status.h"

namespace hyperscan_js {

namespace {

// Hyperscan reads the mode out of a serialised database before it has compared the length with more than its header, and
// no real database is this short.
constexpr size_t kSerializedBytesMin = 256;

// The bytes of a serialised database, and how its literals were compiled; or false.
bool GetSerialized(napi_env env, napi_callback_info info, const char** bytes, size_t* length, uint32_t* literals,
                   int* status) {
  napi_value arguments[2];
  if (!GetArguments(env, info, arguments) || !GetElements(env, arguments[0], napi_uint8_array, bytes, length) ||
      (literals != nullptr && !GetUint32(env, arguments[1], literals))) {
    *status = kNodeApiFailed;
    return false;
  }
  *status = HS_INVALID;
  return *length >= kSerializedBytesMin;
}

}  // namespace

// serializeDatabase(handle): ArrayBuffer
napi_value SerializeDatabase(napi_env env, napi_callback_info info) {
  napi_value arguments[1];
  if (!GetArguments(env, info, arguments)) return StatusValue(env, kNodeApiFailed);
  const DatabaseHandle* handle = OpenDatabase(env, arguments[0]);
  if (handle == nullptr) return StatusValue(env, kBadHandle);
  char* bytes = nullptr;
  size_t length = 0;
  const hs_error_t error = hs_serialize_database(handle->shared->database, &bytes, &length);
  if (error != HS_SUCCESS) return StatusValue(env, error);
  napi_value buffer = nullptr;
  void* memory = nullptr;
  const napi_status status = napi_create_arraybuffer(env, length, &memory, &buffer);
  if (status == napi_ok) memcpy(memory, bytes, length);
  free(bytes);
  return status == napi_ok ? buffer : StatusValue(env, HS_NOMEM);
}

// serializedInfo(bytes: Uint8Array): string
napi_value SerializedInfo(napi_env env, napi_callback_info info) {
  const char* bytes = nullptr;
  size_t length = 0;
  int status = 0;
  if (!GetSerialized(env, info, &bytes, &length, nullptr, &status)) return StatusValue(env, status);
  char* text = nullptr;
  const hs_error_t error = hs_serialized_database_info(bytes, length, &text);
  return error == HS_SUCCESS ? TakeString(env, text) : StatusValue(env, error);
}

// deserializeDatabase(bytes: Uint8Array, literals): handle
napi_value DeserializeDatabase(napi_env env, napi_callback_info info) {
  const char* bytes = nullptr;
  size_t length = 0;
  uint32_t literals = 0;
  int status = 0;
  if (!GetSerialized(env, info, &bytes, &length, &literals, &status)) return StatusValue(env, status);
  hs_database_t* database = nullptr;
  const hs_error_t error = hs_deserialize_database(bytes, length, &database);
  if (error != HS_SUCCESS) return StatusValue(env, error);
  SharedDatabase* shared = Adopt(database, literals);
  return shared == nullptr ? StatusValue(env, HS_NOMEM) : WrapDatabase(env, shared);
}

// databaseInfo(handle): string
napi_value DatabaseInfo(napi_env env, napi_callback_info info) {
  napi_value arguments[1];
  if (!GetArguments(env, info, arguments)) return StatusValue(env, kNodeApiFailed);
  const DatabaseHandle* handle = OpenDatabase(env, arguments[0]);
  if (handle == nullptr) return StatusValue(env, kBadHandle);
  char* text = nullptr;
  const hs_error_t error = hs_database_info(handle->shared->database, &text);
  return error == HS_SUCCESS ? TakeString(env, text) : StatusValue(env, error);
}

// databaseTraits(handle): {mode, streamBytes, literals}
napi_value DatabaseTraits(napi_env env, napi_callback_info info) {
  napi_value arguments[1];
  if (!GetArguments(env, info, arguments)) return StatusValue(env, kNodeApiFailed);
  const DatabaseHandle* handle = OpenDatabase(env, arguments[0]);
  if (handle == nullptr) return StatusValue(env, kBadHandle);
  const SharedDatabase* shared = handle->shared;
  napi_value object = nullptr;
  const bool done = napi_create_object(env, &object) == napi_ok && SetField(env, object, "mode", shared->mode) &&
                    SetField(env, object, "streamBytes", static_cast<double>(shared->stream_bytes)) &&
                    SetField(env, object, "literals", shared->literals);
  return done ? object : StatusValue(env, kNodeApiFailed);
}

// databaseSize(handle): bytes
napi_value DatabaseSize(napi_env env, napi_callback_info info) {
  napi_value arguments[1];
  if (!GetArguments(env, info, arguments)) return StatusValue(env, kNodeApiFailed);
  const DatabaseHandle* handle = OpenDatabase(env, arguments[0]);
  if (handle == nullptr) return StatusValue(env, kBadHandle);
  napi_value value = nullptr;
  napi_create_double(env, static_cast<double>(handle->shared->size_bytes), &value);
  return value;
}

// shareDatabase(handle): token
napi_value ShareDatabase(napi_env env, napi_callback_info info) {
  napi_value arguments[1];
  if (!GetArguments(env, info, arguments)) return StatusValue(env, kNodeApiFailed);
  const DatabaseHandle* handle = OpenDatabase(env, arguments[0]);
  if (handle == nullptr) return StatusValue(env, kBadHandle);
  napi_value value = nullptr;
  napi_create_double(env, static_cast<double>(Share(handle->shared)), &value);
  return value;
}

// findDatabase(token): handle
napi_value FindDatabase(napi_env env, napi_callback_info info) {
  napi_value arguments[1];
  double token = 0;
  if (!GetArguments(env, info, arguments) || napi_get_value_double(env, arguments[0], &token) != napi_ok) {
    return StatusValue(env, kNodeApiFailed);
  }
  SharedDatabase* shared = Find(static_cast<uint64_t>(token));
  return shared == nullptr ? StatusValue(env, kUnknownToken) : WrapDatabase(env, shared);
}

// lendDatabase(handle): external of a LentDatabase
napi_value LendDatabase(napi_env env, napi_callback_info info) {
  napi_value arguments[1];
  if (!GetArguments(env, info, arguments)) return StatusValue(env, kNodeApiFailed);
  const DatabaseHandle* handle = OpenDatabase(env, arguments[0]);
  if (handle == nullptr) return StatusValue(env, kBadHandle);
  SharedDatabase* shared = handle->shared;
  auto* lent = new (std::nothrow) LentDatabase{kLentDatabaseLayout, shared->database, shared->mode, shared};
  if (lent == nullptr) return StatusValue(env, HS_NOMEM);
  Retain(shared);
  const auto give_back = [](node_api_basic_env, void* data, void*) {
    auto* ended = static_cast<LentDatabase*>(data);
    Release(static_cast<SharedDatabase*>(ended->holder));
    delete ended;
  };
  napi_value value = nullptr;
  if (napi_create_external(env, lent, give_back, nullptr, &value) != napi_ok) {
    Release(shared);
    delete lent;
    return StatusValue(env, kNodeApiFailed);
  }
  return napi_type_tag_object(env, value, &kLentDatabaseTag) == napi_ok ? value : StatusValue(env, kNodeApiFailed);
}

// closeDatabase(handle): 0
napi_value CloseDatabaseHandle(napi_env env, napi_callback_info info) {
  napi_value arguments[1];
  if (!GetArguments(env, info, arguments)) return StatusValue(env, kNodeApiFailed);
  DatabaseHandle* handle = OpenDatabase(env, arguments[0]);
  if (handle == nullptr) return StatusValue(env, kBadHandle);
  CloseDatabase(env, handle);
  return StatusValue(env, HS_SUCCESS);
}

}  // namespace hyperscan_js
