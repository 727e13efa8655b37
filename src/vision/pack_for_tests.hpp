#pragma once
// For tests of this room: the model pack at its usual place, the trained heads of the repository, and photos.

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <list>
#include <stdexcept>
#include <string>
#include <vector>

#include "core/config.hpp"
#include "core/embedded.hpp"
#include "photo/picture.hpp"
#include "vision/pack.hpp"

namespace vitrine::vision {

inline std::string test_file(const std::filesystem::path& path) {
    std::ifstream file(path, std::ios::binary);
    if (!file) throw std::runtime_error(path.string() + " is missing");
    return {std::istreambuf_iterator<char>(file), {}};
}

// The pack that `make test` has pulled. Without it a test of a model proves nothing, so it fails and says what to do.
inline std::filesystem::path test_pack() {
    auto folder = Pack::default_folder(environment());
    for (const auto& listed : Pack(folder).list().value_or(std::vector<PackModel>{}))
        if (!listed.problem.empty())
            throw std::runtime_error("The model pack at " + folder.string() + " is not complete: " + listed.model.name + ": " +
                                     listed.problem);
    return folder;
}

// Compiled blobs of the tests, kept between runs.
inline std::filesystem::path test_cache() {
    return std::filesystem::temp_directory_path() / "vitrine-test-blobs";
}

// models/heads, read from the repository as the program has them compiled in.
inline std::vector<EmbeddedFile> test_heads(const std::filesystem::path& repository) {
    static std::list<std::string> kept;  // the bytes outlive every test
    std::vector<EmbeddedFile> files;
    for (const auto& entry : std::filesystem::directory_iterator(repository / "models" / "heads"))
        if (entry.is_regular_file()) {
            const auto& path = kept.emplace_back("models/heads/" + entry.path().filename().string());
            files.push_back({path, kept.emplace_back(test_file(entry.path()))});
        }
    return files;
}

inline photo::Decoded test_photo(const std::filesystem::path& path) {
    const auto bytes = test_file(path);
    auto decoded = photo::decode({reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()});
    if (!decoded) throw std::runtime_error(path.string() + ": " + decoded.error().message);
    return std::move(*decoded);
}

}  // namespace vitrine::vision
