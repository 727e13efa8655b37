#include "catalog/signs.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "catalog/table.hpp"
#include "catalog/text.hpp"

namespace vitrine::catalog {
namespace {

constexpr std::string_view kind_names[] = {"made_in",  "care",         "composition", "fibre_share", "brand_words",
                                           "importer", "registration", "trademark",   "web_address", "size"};
constexpr double half = 0.5;

// "RN 54163", "CA 00153": the registered numbers on American and Canadian labels.
bool is_registration(std::span<const Token> tokens, std::size_t place) {
    if (!tokens[place].is("rn") && !tokens[place].is("ca")) return false;
    for (std::size_t here = place + 1; here < tokens.size() && here < place + 4; ++here) {
        if (tokens[here].is_number()) return tokens[here].text.size() >= 5 && tokens[here].text.size() <= 7;
        if (tokens[here].is_word()) return false;
    }
    return false;
}

// "www.zara.com", "levi.com"
bool is_web_address(std::span<const Token> tokens, std::size_t place) {
    static constexpr std::string_view ends[] = {"com", "it", "fr", "de", "es", "co", "net", "eu"};
    if (tokens[place].is("www")) return true;
    return place >= 2 && tokens[place].glued && tokens[place - 1].is(".") && tokens[place - 1].glued && tokens[place - 2].is_word() &&
           tokens[place - 2].text.size() >= 3 && std::find(std::begin(ends), std::end(ends), tokens[place].text) != std::end(ends);
}

}  // namespace

std::string_view name_of(SignKind kind) {
    return kind_names[static_cast<std::size_t>(kind)];
}

Result<SignWords> SignWords::load(std::span<const EmbeddedFile> files) {
    SignWords loaded;
    auto file = TRY(find_file(files, "data/label_signs.tsv"));
    for (const Row& row : TRY(read_table(file, {"kind", "weight", "phrases"}))) {
        auto kind = std::find(std::begin(kind_names), std::end(kind_names), row.cells[0]);
        if (kind == std::end(kind_names)) return bad_row(file, row, fmt::format("There is no sign called \"{}\".", row.cells[0]));
        if (row.cells[1] != "full" && row.cells[1] != "half") return bad_row(file, row, "The weight is full or half.");
        for (std::string_view phrase : split(row.cells[2], '|')) loaded.phrases_.add(phrase, loaded.meanings_.size());
        loaded.meanings_.push_back({static_cast<SignKind>(kind - std::begin(kind_names)), row.cells[1] == "full" ? 1.0 : half});
    }
    return loaded;
}

std::vector<Sign> SignWords::read(std::span<const Line> lines) const {
    std::vector<Sign> signs;
    for (std::size_t i = 0; i < lines.size(); ++i) {
        if (lines[i].confidence < line_confidence_min) continue;
        auto tokens = word_tokens_of(lines[i].text);
        bool address = false;
        for (std::size_t place = 0; place < tokens.size();) {
            if (auto found = phrases_.at(tokens, place)) {
                signs.push_back({meanings_[found->id].kind, i, meanings_[found->id].weight});
                place += found->tokens;
                continue;
            }
            if (is_registration(tokens, place))
                signs.push_back({SignKind::registration, i, 1});
            else if (tokens[place].is("®"))
                signs.push_back({SignKind::trademark, i, half});
            else if (!address && is_web_address(tokens, place))
                signs.push_back({SignKind::web_address, i, half}), address = true;
            ++place;
        }
    }
    return signs;
}

double weight_beside(std::span<const Sign> signs, std::size_t line) {
    std::array<double, std::size(kind_names)> by_kind{};
    for (const Sign& sign : signs)
        if (sign.line != line)
            by_kind[static_cast<std::size_t>(sign.kind)] = std::max(by_kind[static_cast<std::size_t>(sign.kind)], sign.weight);
    double sum = 0;
    for (double weight : by_kind) sum += weight;
    return sum;
}

}  // namespace vitrine::catalog
