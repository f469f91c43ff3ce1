// libinjection's words by a hash. The library finds each by halving a list of 9,352, some fourteen
// comparisons for each word of a value and for each pair of words; that was half of what it took.
#ifndef SLUICE_ENGINE_SQL_WORDS_H_
#define SLUICE_ENGINE_SQL_WORDS_H_

#include <cstddef>

namespace sluice {

// Whether SqlWordType can tell: not of what begins like a fingerprint of the library's own.
bool KnowsSqlWord(const char* word, size_t length);

// The type of a word, in any case (ASCII); 0 for one that is none. As bsearch_keyword_type of libinjection_sqli.c has it.
char SqlWordType(const char* word, size_t length);

// Whether the tokens of a value, up to five, may be an injection by the library's list of such; false is certain.
bool MayBeSqlFingerprint(const char* tokens, size_t length);

// Calls `visit` with each word of the library, and its type. For tests.
void ForEachSqlWord(void (*visit)(const char* word, char type, void* data), void* data);

}  // namespace sluice

#endif
