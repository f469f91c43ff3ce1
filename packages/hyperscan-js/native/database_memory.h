// Where databases lie.
#pragma once

namespace hyperscan_js {

// Gives Hyperscan an allocator of databases. To be called before the first one is made; again, it does nothing.
void InstallDatabaseAllocator();

}  // namespace hyperscan_js
