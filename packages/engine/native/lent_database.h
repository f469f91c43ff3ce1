// What hyperscan-js lends to other addons: a copy of its native/lent_database.h, which says so. A database of another
// layout is refused.
#ifndef SLUICE_ENGINE_LENT_DATABASE_H_
#define SLUICE_ENGINE_LENT_DATABASE_H_

#include <hs/hs.h>
#include <node_api.h>

#include <cstdint>

namespace sluice {

constexpr uint64_t kLentDatabaseLayout = 1;
constexpr napi_type_tag kLentDatabaseTag = {0x6879706572736361ULL, 0x6e2d6a732d6c656eULL};

struct LentDatabase {
  uint64_t layout;
  const hs_database_t* database;
  uint32_t mode;
  void* holder;
};

}  // namespace sluice

#endif
