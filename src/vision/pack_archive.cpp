#include "vision/pack_archive.hpp"

#include <fmt/format.h>
#include <zip.h>
#include <zlib.h>

#include <cstring>
#include <optional>
#include <string>

namespace vitrine::vision {
namespace {

constexpr std::uint64_t member_bytes_max = 1 << 30;

Error unreadable(const std::filesystem::path& archive, std::string_view what) {
    return Error{Kind::corrupt, "vision.pack_package", fmt::format("The package {} {}.", archive.filename().string(), what),
                 archive.string()};
}

Result<std::vector<std::vector<std::uint8_t>>> read_zip(const std::filesystem::path& path, std::span<const std::string_view> members) {
    int number = 0;
    std::unique_ptr<zip_t, void (*)(zip_t*)> archive(zip_open(path.c_str(), ZIP_RDONLY, &number), zip_discard);
    if (!archive) return unreadable(path, "is no zip archive that can be read");
    std::vector<std::vector<std::uint8_t>> found;
    for (auto member : members) {
        zip_stat_t about;
        const std::string name(member);
        if (zip_stat(archive.get(), name.c_str(), 0, &about) != 0 || about.size > member_bytes_max)
            return unreadable(path, fmt::format("lacks {}", member));
        std::unique_ptr<zip_file_t, int (*)(zip_file_t*)> file(zip_fopen_index(archive.get(), about.index, 0), zip_fclose);
        std::vector<std::uint8_t> bytes(about.size);
        if (!file || zip_fread(file.get(), bytes.data(), bytes.size()) != static_cast<zip_int64_t>(bytes.size()))
            return unreadable(path, fmt::format("holds a damaged {}", member));
        found.push_back(std::move(bytes));
    }
    return found;
}

// A tar is 512-byte blocks: a header with name and size, then the content, filled up with zeros.
struct TarHeader {
    char name[100], mode[8], owner[8], group[8], size[12], time[12], checksum[8], type, link[100], magic[6], version[2], user[32], team[32],
        device[16], prefix[155], rest[12];
};
static_assert(sizeof(TarHeader) == 512);

std::optional<std::uint64_t> octal(std::string_view field) {
    std::uint64_t number = 0;
    for (char c : field) {
        if (c == ' ' || c == '\0') break;
        if (c < '0' || c > '7') return std::nullopt;
        number = number * 8 + static_cast<std::uint64_t>(c - '0');
    }
    return number;
}

template <std::size_t N>
std::string_view text(const char (&field)[N]) {
    return {field, strnlen(field, N)};
}

Result<std::vector<std::vector<std::uint8_t>>> read_tgz(const std::filesystem::path& path, std::span<const std::string_view> members) {
    std::unique_ptr<gzFile_s, int (*)(gzFile)> file(gzopen(path.c_str(), "rb"), gzclose);
    if (!file) return unreadable(path, "cannot be opened");
    gzbuffer(file.get(), 1 << 18);
    auto take = [&](void* into, std::uint64_t count) {
        return gzread(file.get(), into, static_cast<unsigned>(count)) == static_cast<int>(count);
    };

    std::vector<std::vector<std::uint8_t>> found(members.size());
    std::vector<bool> has(members.size(), false);
    std::vector<std::uint8_t> skipped(1 << 16);
    TarHeader header;
    while (std::ranges::find(has, false) != has.end()) {
        if (!take(&header, sizeof(header))) return unreadable(path, "is cut short or damaged");
        if (header.name[0] == '\0') break;  // two empty blocks end the archive
        auto size = octal({header.size, sizeof(header.size)});
        if (!size || *size > member_bytes_max) return unreadable(path, "is no tar archive that can be read");
        auto name =
            text(header.prefix).empty() ? std::string(text(header.name)) : fmt::format("{}/{}", text(header.prefix), text(header.name));
        auto wanted = std::ranges::find(members, name);
        auto filling = (512 - *size % 512) % 512;
        if (wanted != members.end()) {
            auto& bytes = found[static_cast<std::size_t>(wanted - members.begin())];
            bytes.resize(*size);
            if (!take(bytes.data(), *size)) return unreadable(path, fmt::format("holds a damaged {}", name));
            has[static_cast<std::size_t>(wanted - members.begin())] = true;
            if (filling > 0 && !take(skipped.data(), filling)) return unreadable(path, "is cut short");
        } else {
            for (auto left = *size + filling; left > 0;) {
                auto part = std::min<std::uint64_t>(left, skipped.size());
                if (!take(skipped.data(), part)) return unreadable(path, "is cut short or damaged");
                left -= part;
            }
        }
    }
    for (std::size_t member = 0; member < members.size(); ++member)
        if (!has[member]) return unreadable(path, fmt::format("lacks {}", members[member]));
    return found;
}

}  // namespace

Result<std::vector<std::vector<std::uint8_t>>> read_members(const std::filesystem::path& archive,
                                                            std::span<const std::string_view> members) {
    return archive.extension() == ".tgz" ? read_tgz(archive, members) : read_zip(archive, members);
}

}  // namespace vitrine::vision
