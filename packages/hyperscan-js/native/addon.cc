// Registration. Context-aware: it may be loaded by any number of worker threads, each with a state of its own.
#include <atomic>

#include "database_memory.h"
#include "functions.h"
#include "status.h"
#include "thread_state.h"

namespace hyperscan_js {

namespace {

// Whether the library has passed its self-test in this process, whichever thread ran it.
std::atomic<bool> proven{false};

napi_value IsProven(napi_env env, napi_callback_info) {
  napi_value value = nullptr;
  napi_get_boolean(env, proven.load(), &value);
  return value;
}

napi_value SetProven(napi_env, napi_callback_info) {
  proven.store(true);
  return nullptr;
}

struct Entry {
  const char* name;
  napi_callback callback;
};

constexpr Entry kEntries[] = {
    {"isProven", IsProven},
    {"setProven", SetProven},
    {"libraryVersion", LibraryVersion},
    {"libraryBuild", LibraryBuild},
    {"checkCpu", CheckCpu},
    {"hostFeatures", HostFeatures},
    {"setOwnScratch", SetOwnScratchSpace},
    {"compile", Compile},
    {"compileLiterals", CompileLiterals},
    {"expressionInfo", ExpressionInfo},
    {"serializeDatabase", SerializeDatabase},
    {"serializedInfo", SerializedInfo},
    {"deserializeDatabase", DeserializeDatabase},
    {"databaseInfo", DatabaseInfo},
    {"databaseTraits", DatabaseTraits},
    {"databaseSize", DatabaseSize},
    {"shareDatabase", ShareDatabase},
    {"findDatabase", FindDatabase},
    {"lendDatabase", LendDatabase},
    {"closeDatabase", CloseDatabaseHandle},
    {"createScanner", CreateScanner},
    {"bindInput", BindInput},
    {"bindOutput", BindOutput},
    {"scanBatch", ScanBatch},
    {"scanString", ScanString},
    {"scanVector", ScanVector},
    {"closeScanner", CloseScannerHandle},
    {"openStream", OpenStream},
    {"scanStream", ScanStream},
    {"endStream", EndStream},
    {"drainStream", DrainStream},
    {"pendingOfStream", PendingOfStream},
    {"resetStream", ResetStream},
    {"copyStream", CopyStream},
    {"compressStream", CompressStream},
    {"expandStream", ExpandStream},
    {"compressedSize", CompressedSize},
    {"closeStream", CloseStreamHandle},
    {"closeCompressed", CloseCompressedHandle},
};

}  // namespace

}  // namespace hyperscan_js

NAPI_MODULE_INIT() {
  using namespace hyperscan_js;
  InstallDatabaseAllocator();
  if (!InstallThreadState(env)) {
    napi_throw_error(env, nullptr, "no memory for the state of this thread");
    return nullptr;
  }
  for (const Entry& entry : kEntries) {
    napi_value function = nullptr;
    const bool done =
        napi_create_function(env, entry.name, NAPI_AUTO_LENGTH, entry.callback, nullptr, &function) == napi_ok &&
        napi_set_named_property(env, exports, entry.name, function) == napi_ok;
    if (!done) {
      napi_throw_error(env, nullptr, "cannot register the addon's functions");
      return nullptr;
    }
  }
  return exports;
}
