// From expressions to a database.
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <hs.h>

#include "arguments.h"
#include "compile.h"
#include "functions.h"
#include "handles.h"
#include "status.h"

namespace hyperscan_js {

namespace {

// Numbers that JavaScript gives for each pattern, as doubles: id, flags, and the fields of hs_expr_ext_t in their order.
constexpr size_t kNumbersPerPattern = 8;

// The parallel arrays that Hyperscan wants, all in one piece of memory.
struct PatternTable {
  void* memory;
  const char** expressions;
  const hs_expr_ext_t** extensions;
  hs_expr_ext_t* extension_values;
  unsigned int* flags;
  unsigned int* ids;
};

bool AllocateTable(size_t count, PatternTable* table) {
  const size_t one = 2 * sizeof(void*) + sizeof(hs_expr_ext_t) + 2 * sizeof(unsigned int);
  table->memory = calloc(count, one);
  if (table->memory == nullptr) return false;
  auto* at = static_cast<char*>(table->memory);
  // In the order of their alignment, so that each array begins aligned.
  table->extension_values = reinterpret_cast<hs_expr_ext_t*>(at);
  at += count * sizeof(hs_expr_ext_t);
  table->expressions = reinterpret_cast<const char**>(at);
  at += count * sizeof(char*);
  table->extensions = reinterpret_cast<const hs_expr_ext_t**>(at);
  at += count * sizeof(hs_expr_ext_t*);
  table->flags = reinterpret_cast<unsigned int*>(at);
  at += count * sizeof(unsigned int);
  table->ids = reinterpret_cast<unsigned int*>(at);
  return true;
}

// Fills the table; false when the text does not hold `count` expressions, each with a NUL behind it.
bool FillTable(PatternTable* table, size_t count, const char* text, size_t length, const double* numbers) {
  const char* const end = text + length;
  for (size_t i = 0; i < count; i++, numbers += kNumbersPerPattern) {
    const auto* stop = static_cast<const char*>(memchr(text, 0, static_cast<size_t>(end - text)));
    if (stop == nullptr) return false;
    table->expressions[i] = text;
    text = stop + 1;
    table->ids[i] = static_cast<unsigned int>(numbers[0]);
    table->flags[i] = static_cast<unsigned int>(numbers[1]);
    hs_expr_ext_t* extension = &table->extension_values[i];
    extension->flags = static_cast<unsigned long long>(numbers[2]);
    extension->min_offset = static_cast<unsigned long long>(numbers[3]);
    extension->max_offset = static_cast<unsigned long long>(numbers[4]);
    extension->min_length = static_cast<unsigned long long>(numbers[5]);
    extension->edit_distance = static_cast<unsigned int>(numbers[6]);
    extension->hamming_distance = static_cast<unsigned int>(numbers[7]);
    table->extensions[i] = extension->flags == 0 ? nullptr : extension;
  }
  return text == end;
}

}  // namespace

bool GetSettings(napi_env env, napi_value value, CompileSettings* settings) {
  double* numbers = nullptr;
  size_t length = 0;
  if (!GetElements(env, value, napi_float64_array, &numbers, &length) || length != 3) return false;
  settings->is_host = numbers[0] < 0;
  settings->platform.tune = HS_TUNE_FAMILY_GENERIC;
  if (!settings->is_host) settings->platform.cpu_features = static_cast<unsigned long long>(numbers[0]);
  settings->mode = static_cast<unsigned int>(numbers[1]);
  settings->literals = static_cast<uint32_t>(numbers[2]);
  return true;
}

napi_value Refusal(napi_env env, hs_compile_error_t* error) {
  napi_value refusal = nullptr;
  napi_value message = nullptr;
  napi_value index = nullptr;
  const bool done = napi_create_object(env, &refusal) == napi_ok &&
                    napi_create_string_latin1(env, error->message, NAPI_AUTO_LENGTH, &message) == napi_ok &&
                    napi_create_int32(env, error->expression, &index) == napi_ok &&
                    napi_set_named_property(env, refusal, "message", message) == napi_ok &&
                    napi_set_named_property(env, refusal, "index", index) == napi_ok;
  // It refuses only what is no compile error.
  hs_free_compile_error(error);
  return done ? refusal : StatusValue(env, kNodeApiFailed);
}

napi_value Compiled(napi_env env, hs_error_t error, hs_database_t* database, hs_compile_error_t* refused,
                    uint32_t literals) {
  if (error == HS_COMPILER_ERROR && refused != nullptr) return Refusal(env, refused);
  if (refused != nullptr) hs_free_compile_error(refused);
  if (error != HS_SUCCESS) return StatusValue(env, error);
  SharedDatabase* shared = Adopt(database, literals);
  return shared == nullptr ? StatusValue(env, HS_NOMEM) : WrapDatabase(env, shared);
}

// compile(expressions: string, each with a NUL behind it; numbers: Float64Array, 8 a pattern; settings: Float64Array)
napi_value Compile(napi_env env, napi_callback_info info) {
  napi_value arguments[3];
  double* numbers = nullptr;
  size_t numbers_length = 0;
  CompileSettings settings{};
  if (!GetArguments(env, info, arguments) ||
      !GetElements(env, arguments[1], napi_float64_array, &numbers, &numbers_length) ||
      !GetSettings(env, arguments[2], &settings)) {
    return StatusValue(env, kNodeApiFailed);
  }
  const size_t count = numbers_length / kNumbersPerPattern;
  if (count == 0 || count > UINT32_MAX) return StatusValue(env, HS_INVALID);
  size_t length = 0;
  char* text = CopyLatin1(env, arguments[0], &length);
  PatternTable table{};
  napi_value result = nullptr;
  if (text == nullptr || !AllocateTable(count, &table)) {
    result = StatusValue(env, HS_NOMEM);
  } else if (!FillTable(&table, count, text, length, numbers)) {
    result = StatusValue(env, HS_INVALID);
  } else {
    hs_database_t* database = nullptr;
    hs_compile_error_t* refused = nullptr;
    const hs_error_t error = hs_compile_ext_multi(table.expressions, table.flags, table.ids, table.extensions,
                                                  static_cast<unsigned int>(count), settings.mode,
                                                  settings.PlatformInfo(), &database, &refused);
    result = Compiled(env, error, database, refused, settings.literals);
  }
  free(table.memory);
  free(text);
  return result;
}

// expressionInfo(expression: string without NUL, flags: number)
napi_value ExpressionInfo(napi_env env, napi_callback_info info) {
  napi_value arguments[2];
  uint32_t flags = 0;
  if (!GetArguments(env, info, arguments) || napi_get_value_uint32(env, arguments[1], &flags) != napi_ok) {
    return StatusValue(env, kNodeApiFailed);
  }
  size_t length = 0;
  char* text = CopyLatin1(env, arguments[0], &length);
  if (text == nullptr) return StatusValue(env, HS_NOMEM);
  hs_expr_info_t* answer = nullptr;
  hs_compile_error_t* refused = nullptr;
  const hs_error_t error = hs_expression_info(text, flags, &answer, &refused);
  free(text);
  if (error == HS_COMPILER_ERROR && refused != nullptr) return Refusal(env, refused);
  if (refused != nullptr) hs_free_compile_error(refused);
  if (error != HS_SUCCESS) return StatusValue(env, error);
  const double max_width = answer->max_width == UINT32_MAX ? INFINITY : answer->max_width;
  napi_value object = nullptr;
  const bool done = napi_create_object(env, &object) == napi_ok &&
                    SetField(env, object, "minWidth", answer->min_width) &&
                    SetField(env, object, "maxWidth", max_width) &&
                    SetField(env, object, "unorderedMatches", answer->unordered_matches) &&
                    SetField(env, object, "matchesAtEnd", answer->matches_at_eod) &&
                    SetField(env, object, "matchesOnlyAtEnd", answer->matches_only_at_eod);
  free(answer);
  return done ? object : StatusValue(env, kNodeApiFailed);
}

}  // namespace hyperscan_js
