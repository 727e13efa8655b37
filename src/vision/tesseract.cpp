#include "vision/tesseract.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdlib>

#include "vision/findings.hpp"
#include "vision/seen.hpp"
#include "vision/tesseract_child.hpp"
#include "vision/views.hpp"

namespace vitrine::vision {
namespace {

constexpr std::string_view how_to_install = "install the Debian packages tesseract-ocr and tesseract-ocr-eng";

// Those that the catalog reads labels in, as Tesseract calls them; each costs time.
constexpr std::array<std::string_view, 5> label_languages{"eng", "ita", "fra", "deu", "spa"};

std::optional<std::filesystem::path> on_search_path(const std::string& name) {
    const char* folders = std::getenv("PATH");
    std::string_view rest = folders ? folders : "/usr/local/bin:/usr/bin:/bin";
    while (!rest.empty()) {
        const auto end = std::min(rest.find(':'), rest.size());
        const auto file = std::filesystem::path(rest.substr(0, end)) / name;
        rest.remove_prefix(std::min(end + 1, rest.size()));
        if (file.is_absolute() && ::access(file.c_str(), X_OK) == 0) return file;
    }
    return std::nullopt;
}

std::vector<std::string> words_of(std::string_view text) {
    constexpr std::string_view space = " \t\r\n";
    std::vector<std::string> words;
    for (auto start = text.find_first_not_of(space); start != std::string_view::npos;) {
        const auto end = std::min(text.find_first_of(space, start), text.size());
        words.emplace_back(text.substr(start, end - start));
        start = text.find_first_not_of(space, end);
    }
    return words;
}

Child child_of(const std::filesystem::path& program, std::vector<std::string> arguments, const TesseractOptions& options) {
    Child child{program, std::move(arguments), {"OMP_THREAD_LIMIT=1", "LC_ALL=C"}, options.time_max};
    if (const char* folder = std::getenv("TESSDATA_PREFIX")) child.environment.push_back(fmt::format("TESSDATA_PREFIX={}", folder));
    return child;
}

// The plainest of formats. In colour: of its own way to grey Tesseract makes more than of ours.
std::vector<std::uint8_t> as_ppm(const photo::Picture& picture) {
    const auto head = fmt::format("P6\n{} {}\n255\n", picture.width, picture.height);
    std::vector<std::uint8_t> file;
    file.reserve(head.size() + picture.rgb.size());
    file.assign(head.begin(), head.end());
    file.insert(file.end(), picture.rgb.begin(), picture.rgb.end());
    return file;
}

Error broken(const std::filesystem::path& program, std::string_view how) {
    return {Kind::unavailable, "vision.tesseract_broken",
            fmt::format("{} cannot read: {} Please {}.", program.string(), how, how_to_install)};
}

}  // namespace

Result<Tesseract> Tesseract::find(const TesseractOptions& options) {
    const auto program = options.program.empty() ? on_search_path("tesseract") : options.program;
    if (!program)
        return Error{Kind::unavailable, "vision.tesseract_missing",
                     fmt::format("Tesseract is not installed; to have it, {}.", how_to_install)};

    auto listed = run_child(child_of(*program, {"--list-langs"}, options));
    if (!listed) return broken(*program, listed.error().message);
    const auto installed = words_of(*listed);
    std::vector<std::string_view> languages;
    std::ranges::copy_if(label_languages, std::back_inserter(languages),
                         [&](std::string_view language) { return std::ranges::find(installed, language) != installed.end(); });
    if (languages.empty()) return broken(*program, "It has none of the languages that labels are written in.");

    auto told = run_child(child_of(*program, {"--version"}, options));
    if (!told) return broken(*program, told.error().message);
    const auto version = words_of(told->substr(0, 200));  // "tesseract 5.3.0", then the libraries below it
    Tesseract tesseract(*program, fmt::format("{}", fmt::join(languages, "+")), options);
    tesseract.version_ = fmt::format("{} ({})", version.size() > 1 ? version[1] : "of unknown version", tesseract.languages_);

    photo::Picture white = photo::blank(200, 60);
    std::ranges::fill(white.rgb, std::uint8_t{255});
    if (auto tried = tesseract.read(white); !tried) return broken(*program, tried.error().message);
    return tesseract;
}

Result<std::vector<TesseractLine>> Tesseract::read(const photo::Picture& picture) const {
    constexpr auto* whole_page = "3";  // laid out by itself; finding scattered text (11) read the pattern of cloth as letters
    auto table =
        run_child(child_of(program_, {"stdin", "stdout", "-l", languages_, "--psm", whole_page, "tsv"}, options_), as_ppm(picture));
    if (!table)
        return Error{Kind::unavailable, "vision.tesseract_failed", fmt::format("The text could not be read. {}", table.error().message)};
    return read_tesseract_table(*table, picture.width, picture.height);
}

// --- the task ------------------------------------------------------------------------------------------------------

namespace {

constexpr int side_max = 2560;            // longer side of what is read: a reading takes as long as it has pixels
constexpr double confidence_least = 0.5;  // of a line that counts, as with the pack's reader

photo::Picture small_enough(const photo::Picture& picture) {
    const double scale = static_cast<double>(side_max) / std::max(picture.width, picture.height);
    if (scale >= 1) return picture;
    return resized(picture, std::max(1, static_cast<int>(picture.width * scale)), std::max(1, static_cast<int>(picture.height * scale)));
}

class TesseractTask final : public Task {
public:
    TesseractTask(Tesseract tesseract, std::string because) : tesseract_(std::move(tesseract)), because_(std::move(because)) {}

    std::string_view name() const override { return "text"; }
    std::string version() const override { return "tesseract " + tesseract_.version() + "/1"; }
    bool stands(std::string_view version) const override { return version == this->version() || !version.starts_with("tesseract "); }
    std::string remark() const override {
        return fmt::format("{} Until then text is read by Tesseract {}: slower, and less of it.", because_, tesseract_.version());
    }

    Result<json::Value> run(const photo::Decoded& photo, const Seen&) override {
        const auto picture = small_enough(photo.largest);
        const double across = static_cast<double>(photo.header.width) / picture.width;
        const double down = static_cast<double>(photo.header.height) / picture.height;
        Text text;
        for (auto& line : TRY(tesseract_.read(picture))) {
            ++text.boxes_found;
            if (line.confidence < confidence_least) continue;
            const double left = line.x * across, top = line.y * down, width = line.width * across, height = line.height * down;
            text.lines.push_back({std::move(line.text),
                                  line.confidence,
                                  {left, top, width, height},
                                  {left, top, left + width, top, left + width, top + height, left, top + height}});
        }
        return json::write(text);
    }

private:
    Tesseract tesseract_;
    std::string because_;
};

}  // namespace

std::unique_ptr<Task> make_text_by_tesseract(Tesseract tesseract, std::string because) {
    return std::make_unique<TesseractTask>(std::move(tesseract), std::move(because));
}

}  // namespace vitrine::vision
