// What streams and compressed streams hold, and how it is given up.
#pragma once

#include <cstddef>
#include <cstdint>
#include <hs.h>
#include <node_api.h>

#include "handles.h"

namespace hyperscan_js {

// A handle for an open stream, which it takes over. A status when that failed; then the stream is closed.
napi_value WrapStream(napi_env env, SharedDatabase* shared, hs_stream_t* stream, uint32_t words, size_t pending_max);

// A handle for the compressed state of a stream, taking `bytes` (from malloc) over. A status when that failed.
napi_value WrapCompressed(napi_env env, const StreamHandle* stream, char* bytes, size_t length);

void CloseStream(node_api_basic_env env, StreamHandle* handle);
void CloseCompressed(node_api_basic_env env, CompressedHandle* handle);

}  // namespace hyperscan_js
