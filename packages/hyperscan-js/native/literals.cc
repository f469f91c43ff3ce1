// From literals to a database by Hyperscan's own interface for them.
#include <cstdint>
#include <cstdlib>
#include <hs.h>

#include "arguments.h"
#include "compile.h"
#include "functions.h"
#include "status.h"

namespace hyperscan_js {

namespace {

// Numbers that JavaScript gives for each literal, as doubles: id, flags, bytes.
constexpr size_t kNumbersPerLiteral = 3;

// The parallel arrays that Hyperscan wants, all in one piece of memory.
struct LiteralTable {
  const char** literals;
  size_t* lengths;
  unsigned int* flags;
  unsigned int* ids;
};

bool AllocateTable(size_t count, LiteralTable* table) {
  auto* at = static_cast<char*>(calloc(count, sizeof(char*) + sizeof(size_t) + 2 * sizeof(unsigned int)));
  if (at == nullptr) return false;
  table->literals = reinterpret_cast<const char**>(at);
  at += count * sizeof(char*);
  table->lengths = reinterpret_cast<size_t*>(at);
  at += count * sizeof(size_t);
  table->flags = reinterpret_cast<unsigned int*>(at);
  at += count * sizeof(unsigned int);
  table->ids = reinterpret_cast<unsigned int*>(at);
  return true;
}

// Fills the table; false when the lengths do not add up to the text, or one is 0, which Hyperscan 5.4.0 does not survive.
bool FillTable(LiteralTable* table, size_t count, const char* text, size_t length, const double* numbers) {
  for (size_t i = 0; i < count; i++, numbers += kNumbersPerLiteral) {
    const auto bytes = static_cast<size_t>(numbers[2]);
    if (bytes == 0 || bytes > length) return false;
    table->literals[i] = text;
    table->lengths[i] = bytes;
    table->ids[i] = static_cast<unsigned int>(numbers[0]);
    table->flags[i] = static_cast<unsigned int>(numbers[1]);
    text += bytes;
    length -= bytes;
  }
  return length == 0;
}

}  // namespace

// compileLiterals(literals: string, one behind another; numbers: Float64Array, 3 a literal; settings: Float64Array)
napi_value CompileLiterals(napi_env env, napi_callback_info info) {
  napi_value arguments[3];
  double* numbers = nullptr;
  size_t numbers_length = 0;
  CompileSettings settings{};
  if (!GetArguments(env, info, arguments) ||
      !GetElements(env, arguments[1], napi_float64_array, &numbers, &numbers_length) ||
      !GetSettings(env, arguments[2], &settings)) {
    return StatusValue(env, kNodeApiFailed);
  }
  const size_t count = numbers_length / kNumbersPerLiteral;
  if (count == 0 || count > UINT32_MAX) return StatusValue(env, HS_INVALID);
  size_t length = 0;
  char* text = CopyLatin1(env, arguments[0], &length);
  LiteralTable table{};
  napi_value result = nullptr;
  if (text == nullptr || !AllocateTable(count, &table)) {
    result = StatusValue(env, HS_NOMEM);
  } else if (!FillTable(&table, count, text, length, numbers)) {
    result = StatusValue(env, HS_INVALID);
  } else {
    hs_database_t* database = nullptr;
    hs_compile_error_t* refused = nullptr;
    const hs_error_t error = hs_compile_lit_multi(table.literals, table.flags, table.ids, table.lengths,
                                                  static_cast<unsigned int>(count), settings.mode,
                                                  settings.PlatformInfo(), &database, &refused);
    result = Compiled(env, error, database, refused, settings.literals);
  }
  free(table.literals);
  free(text);
  return result;
}

}  // namespace hyperscan_js
