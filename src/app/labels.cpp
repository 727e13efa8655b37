#include "app/labels.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <fstream>
#include <set>
#include <vector>

#include "photo/photo.hpp"

namespace vitrine::app {
namespace {

constexpr std::uintmax_t bytes_max = 10'000'000;  // of one's own lines of a table
constexpr std::string_view data_folder = "data/";

// Tables with one's own lines behind them, and the catalogue that points into them.
struct Shelf {
    std::vector<std::string> texts;
    std::vector<EmbeddedFile> tables;
    std::optional<catalog::Catalog> catalog;
};

Result<std::string> read(const std::filesystem::path& path) {
    std::error_code error;
    auto size = std::filesystem::file_size(path, error);
    std::ifstream file(path, std::ios::binary);
    if (error || !file)
        return Error{Kind::unavailable, "labels.unreadable", fmt::format("{} cannot be read.", path.string()), path.string()};
    if (size > bytes_max)
        return Error{Kind::invalid, "labels.too_large", fmt::format("{} has more than {} MB.", path.string(), bytes_max / 1'000'000),
                     path.string()};
    return std::string(std::istreambuf_iterator<char>(file), {});
}

// Own lines per table's name, "brands.tsv".
Result<std::map<std::string, std::string>> read_folder(const std::filesystem::path& folder, const std::set<std::string>& known) {
    std::map<std::string, std::string> own;
    std::error_code none;
    if (!std::filesystem::is_directory(folder, none)) return own;
    for (const auto& entry : std::filesystem::directory_iterator(folder, none)) {
        auto name = entry.path().filename().string();
        if (name.starts_with('.') || name.ends_with('~')) continue;  // an editor's
        if (!known.contains(name))
            return Error{Kind::invalid, "labels.unknown",
                         fmt::format("{} is none of the tables that can be added to: {}.", entry.path().string(), fmt::join(known, ", ")),
                         entry.path().string()};
        own[name] = TRY(read(entry.path()));
    }
    return own;
}

std::int64_t lines_of(std::string_view text) {
    return std::ranges::count(text, '\n');
}

// "data/brands.tsv:812" -> the line of the person's own file, when it is there that the trouble is.
Error in_their_words(const Error& error, const std::filesystem::path& folder, const std::map<std::string, std::int64_t>& own_from) {
    auto colon = error.path.rfind(':');
    auto name = std::filesystem::path(error.path.substr(0, colon)).filename().string();
    std::int64_t line = 0;
    if (colon != std::string::npos) std::from_chars(error.path.data() + colon + 1, error.path.data() + error.path.size(), line);
    auto from = own_from.find(name);
    auto place = (folder / name).string();
    if (from != own_from.end() && line > from->second) place += fmt::format(":{}", line - from->second);
    return {Kind::invalid, "labels.wrong", fmt::format("{}: {}", place, error.message), place};
}

}  // namespace

Result<Labels> open_labels(const std::filesystem::path& folder) {
    std::set<std::string> known;
    for (const auto& file : catalog::Catalog::data())
        if (file.path.starts_with(data_folder)) known.emplace(file.path.substr(data_folder.size()));
    auto own = TRY(read_folder(folder, known));

    auto shelf = std::make_shared<Shelf>();
    shelf->texts.reserve(own.size());  // the tables point into them
    std::map<std::string, std::int64_t> own_from;
    std::string all;
    for (const auto& file : catalog::Catalog::data()) {
        auto name = std::string(file.path.substr(std::min(file.path.size(), data_folder.size())));
        auto table = file;
        if (auto added = own.find(name); added != own.end()) {
            own_from[name] = lines_of(file.bytes) + !file.bytes.ends_with('\n');
            table.bytes =
                shelf->texts.emplace_back(fmt::format("{}{}{}", file.bytes, file.bytes.ends_with('\n') ? "" : "\n", added->second));
        }
        shelf->tables.push_back(table);
        all += fmt::format("{}\n{}\n{}", table.path, table.bytes.size(), table.bytes);
    }
    auto loaded = catalog::Catalog::load(shelf->tables);
    if (!loaded) return in_their_words(loaded.error(), folder, own_from);
    shelf->catalog.emplace(std::move(loaded).value());

    auto version = photo::hex(photo::sha256({reinterpret_cast<const std::uint8_t*>(all.data()), all.size()})).substr(0, 12);
    return Labels{{shelf, &*shelf->catalog}, std::move(version)};
}

}  // namespace vitrine::app
