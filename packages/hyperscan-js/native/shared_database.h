// A compiled database that every thread of the process may scan with, and the registry that finds it by a token.
#pragma once

#include <cstddef>
#include <cstdint>
#include <hs.h>

namespace hyperscan_js {

struct SharedDatabase {
  hs_database_t* database;
  size_t size_bytes;
  // HS_MODE_BLOCK, HS_MODE_STREAM or HS_MODE_VECTORED.
  uint32_t mode;
  // Of one stream; 0 in other modes.
  size_t stream_bytes;
  // How literals were compiled: 0 where it is not of literals, else as src/literals.ts has it.
  uint32_t literals;
  // The rest belongs to the registry and is guarded by its mutex.
  uint32_t references;
  uint64_t token;
  SharedDatabase* next;
};

// Takes a database over, with one reference. Frees it and answers nullptr when memory ran out.
SharedDatabase* Adopt(hs_database_t* database, uint32_t literals);

void Retain(SharedDatabase* shared);

// Gives one reference up; the last one frees the database and forgets its token.
void Release(SharedDatabase* shared);

// The token of a database: the same one at each call, below 2^53, never 0.
uint64_t Share(SharedDatabase* shared);

// The database of a token with a reference of its own, or nullptr when nobody has it open any more.
SharedDatabase* Find(uint64_t token);

}  // namespace hyperscan_js
