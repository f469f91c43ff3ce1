// What another addon of this process gets to scan with, as an external with the type tag below. It holds a reference of its
// own: the database lives as long as the external.
//
// Other addons copy this file. It changes by a new layout number only, so that an addon built for another one refuses.
#pragma once

#include <cstdint>
#include <hs.h>
#include <node_api.h>

namespace hyperscan_js {

constexpr uint64_t kLentDatabaseLayout = 1;
constexpr napi_type_tag kLentDatabaseTag = {0x6879706572736361ULL, 0x6e2d6a732d6c656eULL};

struct LentDatabase {
  uint64_t layout;
  // Immutable; HS_MODE_BLOCK, HS_MODE_STREAM or HS_MODE_VECTORED.
  const hs_database_t* database;
  uint32_t mode;
  // The lender's own.
  void* holder;
};

}  // namespace hyperscan_js
