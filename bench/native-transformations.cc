// Times transformations for native-transformations.ts. Reads tasks from standard input, each a line `name rounds size` and
// `size` bytes of a value, and prints the nanoseconds that a round takes, one number a line: the least of a few series, as
// others may use the machine.
#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <iostream>
#include <string>

#include "../packages/engine/native/transformations/transformation.h"

constexpr int kSeries = 5;

int main() {
  std::string name;
  size_t rounds = 0, size = 0;
  sluice::Bytes out;
  size_t total = 0;
  while (std::cin >> name >> rounds >> size) {
    std::string value(size, '\0');
    std::cin.get();
    std::cin.read(value.data(), static_cast<std::streamsize>(size));
    const sluice::Transformation* transformation = sluice::FindTransformation(name.data(), name.size());
    if (transformation == nullptr || rounds == 0) {
      std::fprintf(stderr, "no native transformation %s\n", name.c_str());
      return 1;
    }
    const auto* in = reinterpret_cast<const uint8_t*>(value.data());
    double least = HUGE_VAL;
    for (int series = 0; series < kSeries; series++) {
      const auto start = std::chrono::steady_clock::now();
      for (size_t round = 0; round < rounds; round++) total += transformation->apply(in, size, &out);
      const std::chrono::duration<double, std::nano> elapsed = std::chrono::steady_clock::now() - start;
      least = std::min(least, elapsed.count() / static_cast<double>(rounds));
    }
    std::printf("%.3f\n", least);
  }
  // What was made is used: none of the rounds may be left out.
  return total == SIZE_MAX ? 1 : 0;
}
