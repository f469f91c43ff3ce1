// Every function that the addon offers; src/binding.ts describes their arguments and answers.
#pragma once

#include <node_api.h>

namespace hyperscan_js {

napi_value LibraryVersion(napi_env env, napi_callback_info info);
napi_value LibraryBuild(napi_env env, napi_callback_info info);
napi_value CheckCpu(napi_env env, napi_callback_info info);
napi_value HostFeatures(napi_env env, napi_callback_info info);
napi_value SetOwnScratchSpace(napi_env env, napi_callback_info info);

napi_value Compile(napi_env env, napi_callback_info info);
napi_value CompileLiterals(napi_env env, napi_callback_info info);
napi_value ExpressionInfo(napi_env env, napi_callback_info info);

napi_value SerializeDatabase(napi_env env, napi_callback_info info);
napi_value SerializedInfo(napi_env env, napi_callback_info info);
napi_value DeserializeDatabase(napi_env env, napi_callback_info info);
napi_value DatabaseInfo(napi_env env, napi_callback_info info);
napi_value DatabaseTraits(napi_env env, napi_callback_info info);
napi_value DatabaseSize(napi_env env, napi_callback_info info);
napi_value ShareDatabase(napi_env env, napi_callback_info info);
napi_value FindDatabase(napi_env env, napi_callback_info info);
napi_value LendDatabase(napi_env env, napi_callback_info info);
napi_value CloseDatabaseHandle(napi_env env, napi_callback_info info);

napi_value CreateScanner(napi_env env, napi_callback_info info);
napi_value BindInput(napi_env env, napi_callback_info info);
napi_value BindOutput(napi_env env, napi_callback_info info);
napi_value ScanBatch(napi_env env, napi_callback_info info);
napi_value ScanString(napi_env env, napi_callback_info info);
napi_value ScanVector(napi_env env, napi_callback_info info);
napi_value CloseScannerHandle(napi_env env, napi_callback_info info);

napi_value OpenStream(napi_env env, napi_callback_info info);
napi_value ScanStream(napi_env env, napi_callback_info info);
napi_value EndStream(napi_env env, napi_callback_info info);
napi_value DrainStream(napi_env env, napi_callback_info info);
napi_value PendingOfStream(napi_env env, napi_callback_info info);
napi_value ResetStream(napi_env env, napi_callback_info info);
napi_value CopyStream(napi_env env, napi_callback_info info);
napi_value CompressStream(napi_env env, napi_callback_info info);
napi_value ExpandStream(napi_env env, napi_callback_info info);
napi_value CompressedSize(napi_env env, napi_callback_info info);
napi_value CloseStreamHandle(napi_env env, napi_callback_info info);
napi_value CloseCompressedHandle(napi_env env, napi_callback_info info);

}  // namespace hyperscan_js
