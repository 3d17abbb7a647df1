#include <sys/resource.h>
#include <sys/time.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "fuzz/fuzz_target.h"
#include "fuzz/mutator.h"

// NAME [INPUTS [FIRST]]: runs that many inputs and says how many a second. NAME FILE: runs one file. An input
// that ends the program lies in NAME.finding afterwards.

extern "C" const char* __asan_default_options();
extern "C" const char* __ubsan_default_options();

// Allocations that a small input cannot justify are findings, and so is memory that grows.
extern "C" const char* __asan_default_options() {
  return "max_allocation_size_mb=256:hard_rss_limit_mb=2048:allocator_may_return_null=0:abort_on_error=1:"
         "detect_leaks=1";
}
extern "C" const char* __ubsan_default_options() {
  return "print_stacktrace=1:abort_on_error=1";
}

namespace ktrain::fuzz {
namespace {

constexpr int kSeconds = 10;  // for one input

std::string finding_file;
const std::string* current = nullptr;

/// Writes the input that is running; only what a signal handler may call.
void keep_finding(int number) {
  if (current != nullptr) {
    std::FILE* file = std::fopen(finding_file.c_str(), "wb");
    if (file != nullptr) {
      std::fwrite(current->data(), 1, current->size(), file);
      std::fclose(file);
    }
  }
  const char* what = number == SIGVTALRM ? "an input takes too long\n" : "an input ends the program\n";
  [[maybe_unused]] const ssize_t written = ::write(STDERR_FILENO, what, std::strlen(what));
  std::signal(number, SIG_DFL);
  std::raise(number);
}

void run(const std::string& input) {
  current = &input;
  // A copy of exactly the input's size, so that the sanitizer sees the first byte beyond it.
  const std::vector<std::uint8_t> bytes(input.begin(), input.end());
  LLVMFuzzerTestOneInput(bytes.data(), bytes.size());
  current = nullptr;
}

int run_file(const char* path) {
  std::ifstream file(path, std::ios::binary);
  run({std::istreambuf_iterator<char>(file), {}});
  return EXIT_SUCCESS;
}

int run_many(std::uint64_t inputs, std::uint64_t first) {
  const auto begin = std::chrono::steady_clock::now();
  const itimerval limit{{0, 0}, {kSeconds, 0}};
  Mutator mutator(corpus(), 1);
  for (std::uint64_t i = first; i < first + inputs; ++i) {
    if (i % 64 == 0) ::setitimer(ITIMER_VIRTUAL, &limit, nullptr);
    run(mutator.input(i));
  }
  const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - begin;
  rusage used{};
  ::getrusage(RUSAGE_SELF, &used);
  std::printf("%llu inputs, %.0f a second, %llu readings without an error, %ld MiB at the most\n",
              static_cast<unsigned long long>(inputs), static_cast<double>(inputs) / seconds.count(),
              static_cast<unsigned long long>(readings_without_error), used.ru_maxrss / 1024);
  return EXIT_SUCCESS;
}

int main_of(int count, char** arguments) {
  finding_file = std::filesystem::path(arguments[0]).filename().string() + ".finding";
  for (const int number : {SIGABRT, SIGSEGV, SIGBUS, SIGFPE, SIGVTALRM}) std::signal(number, keep_finding);
  if (count == 2 && std::filesystem::exists(arguments[1])) return run_file(arguments[1]);
  return run_many(count > 1 ? std::stoull(arguments[1]) : 1000, count > 2 ? std::stoull(arguments[2]) : 0);
}

}  // namespace
}  // namespace ktrain::fuzz

int main(int count, char** arguments) {
  return ktrain::fuzz::main_of(count, arguments);
}
