// A settings file with anything in it: a bound variable keeps its bounds, and an error names its place.
//   build/fuzz/bin/core_config_fuzz src/core/testdata/corpus/config
#include <sys/mman.h>
#include <unistd.h>

#include <cstdlib>

#include "core/config.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace vitrine;
    static const int file = memfd_create("vitrine.toml", 0);
    if (ftruncate(file, 0) != 0 || pwrite(file, data, size, 0) != static_cast<ssize_t>(size)) return 0;

    std::int64_t workers = 1;
    double share = 0.5;
    bool quiet = false;
    std::string name = "default";
    std::vector<std::string> hosts;
    Config config;
    config.whole("workers", workers, 1, 64, "How many.");
    config.number("share", share, 0, 1, "How much.");
    config.toggle("http.quiet", quiet, "Whether.");
    config.text("http.name", name, "What.");
    config.list("http.hosts", hosts, "Which.");
    auto loaded = config.load("/proc/self/fd/" + std::to_string(file), true, {});
    if (workers < 1 || workers > 64 || !(share >= 0 && share <= 1)) std::abort();
    if (!loaded && (loaded.error().message.empty() || loaded.error().code.rfind("config.", 0) != 0)) std::abort();
    return 0;
}
