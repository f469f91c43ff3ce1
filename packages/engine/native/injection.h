// libinjection's detectors on bytes.
#ifndef SLUICE_ENGINE_INJECTION_H_
#define SLUICE_ENGINE_INJECTION_H_

#include <cstddef>

namespace sluice {

bool HasSqli(const char* text, size_t length);
bool HasXss(const char* text, size_t length);

}  // namespace sluice

#endif
