// A fuzzer as an ordinary test, where there is no libFuzzer: every file of its corpus, and for some seconds files made
// from them by chance. `make fuzz` is the real thing, which sees what a change reaches.
//   build/release/bin/http_head_fuzz src/http/testdata/corpus/head [SECONDS [SEED]]
#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>
#include <set>
#include <vector>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace {

using Bytes = std::vector<std::uint8_t>;

// One to eight places of it are changed, left out, doubled or replaced by a piece of another.
Bytes changed(const std::vector<Bytes>& corpus, std::mt19937_64& random) {
    auto up_to = [&](std::size_t most) { return std::uniform_int_distribution<std::size_t>(0, most)(random); };
    Bytes bytes = corpus[up_to(corpus.size() - 1)];
    for (auto left = 1 + up_to(7); left > 0; --left) {
        const auto at = static_cast<std::ptrdiff_t>(up_to(bytes.size()));
        const auto length = static_cast<std::ptrdiff_t>(up_to(std::min<std::size_t>(16, bytes.size() - static_cast<std::size_t>(at))));
        const auto place = bytes.begin() + at;
        switch (up_to(4)) {
            case 0:
                if (length > 0) *place = static_cast<std::uint8_t>(*place ^ (1u << up_to(7)));
                break;
            case 1:
                if (length > 0) *place = static_cast<std::uint8_t>(up_to(255));
                break;
            case 2:
                bytes.erase(place, place + length);
                break;
            case 3: {
                const Bytes piece(place, place + length);
                bytes.insert(place, piece.begin(), piece.end());
                break;
            }
            case 4: {
                const Bytes& other = corpus[up_to(corpus.size() - 1)];
                const auto from = up_to(other.size());
                const Bytes piece(other.begin() + static_cast<std::ptrdiff_t>(from),
                                  other.begin() + static_cast<std::ptrdiff_t>(std::min(other.size(), from + 32)));
                bytes.insert(place, piece.begin(), piece.end());
                break;
            }
        }
    }
    return bytes;
}

}  // namespace

int main(int count, char** arguments) {
    if (count < 2) return std::fprintf(stderr, "usage: %s CORPUS [SECONDS [SEED]]\n", arguments[0]), 2;
    std::vector<Bytes> corpus;
    std::set<std::filesystem::path> paths;  // in order, so that a seed means the same everywhere
    for (const auto& entry : std::filesystem::directory_iterator(arguments[1])) paths.insert(entry.path());
    for (const auto& path : paths) {
        std::ifstream file(path, std::ios::binary);
        corpus.emplace_back(std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>());
        std::printf("%s\n", path.c_str());
        std::fflush(stdout);
        LLVMFuzzerTestOneInput(corpus.back().data(), corpus.back().size());
    }
    if (corpus.empty()) return std::fprintf(stderr, "%s holds nothing\n", arguments[1]), 1;

    const std::chrono::seconds time(count > 2 ? std::atoi(arguments[2]) : 0);
    const std::uint64_t seed = count > 3 ? std::strtoull(arguments[3], nullptr, 10) : std::random_device{}();
    std::printf("%lld s of changed files, seed %llu\n", static_cast<long long>(time.count()), static_cast<unsigned long long>(seed));
    std::fflush(stdout);
    std::mt19937_64 random(seed);
    std::uint64_t runs = 0;
    for (const auto until = std::chrono::steady_clock::now() + time; std::chrono::steady_clock::now() < until; ++runs) {
        const Bytes bytes = changed(corpus, random);
        LLVMFuzzerTestOneInput(bytes.data(), bytes.size());
    }
    std::printf("%zu files, %llu changed ones\n", corpus.size(), static_cast<unsigned long long>(runs));
    return 0;
}
