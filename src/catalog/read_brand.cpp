#include "catalog/read_brand.hpp"

#include <algorithm>
#include <bit>

#include "catalog/text.hpp"

namespace vitrine::catalog {
namespace {

constexpr std::size_t words_max = 6;           // of the longest name
constexpr std::size_t spelled_out_max = 16;    // letters of a name written with spaces: "G U C C I"
constexpr std::size_t sentence_words_min = 4;  // this many other words on the line make it a sentence
constexpr double looks_the_same = 0.96;
constexpr double per_wrong_letter = 0.06;

int wrong_letters_allowed(std::size_t length) {
    return length < 6 ? 0 : length < 12 ? 1 : 2;
}
constexpr std::size_t trusted_length_min = 8;  // a shorter name with a wrong letter needs a second sign

// One is the other cut short: "speed" is no misread "speedo", "company" no "C.P. Company".
bool is_cut_from(std::string_view a, std::string_view b) {
    if (a.size() > b.size()) std::swap(a, b);
    return b.starts_with(a) || b.ends_with(a);
}

std::uint32_t letters_in(std::string_view text) {
    std::uint32_t set = 0;
    for (char c : text) set |= c >= 'a' && c <= 'z' ? 1u << (c - 'a') : 1u << (26 + (c & 3));
    return set;
}

// What may stand beside a name on its line: a size, a number, the remains of ®.
bool is_bystander(std::string_view word) {
    static constexpr std::string_view sizes[] = {"xxs", "xs", "s", "m", "l", "xl", "xxl", "xxxl", "2xl", "3xl", "4xl", "r", "tm"};
    return std::all_of(word.begin(), word.end(), [](char c) { return c >= '0' && c <= '9'; }) ||
           std::find(std::begin(sizes), std::end(sizes), word) != std::end(sizes);
}

bool is_domain_end(std::string_view word) {
    static constexpr std::string_view ends[] = {"com", "it", "co", "de", "fr", "es", "eu", "net", "uk", "nl", "se", "dk"};
    return std::find(std::begin(ends), std::end(ends), word) != std::end(ends);
}

}  // namespace

BrandReader::BrandReader(const Brands& brands) : brands_(brands) {
    for (const Spelling& spelling : brands.spellings()) {
        by_bones_.emplace(spelling.bones, &spelling);
        std::size_t length = spelling.bones.size();
        if (!spelling.weak && wrong_letters_allowed(length) > 0 && length < by_length_.size())
            by_length_[length].push_back({letters_in(spelling.bones), &spelling});
    }
}

std::vector<BrandReading> BrandReader::read(std::span<const Line> lines) const {
    std::vector<BrandReading> readings;
    for (std::size_t i = 0; i < lines.size(); ++i) {
        if (lines[i].confidence < line_confidence_min) continue;
        std::string folded = fold(lines[i].text);
        auto words = words_of(folded);
        if (words.empty()) continue;
        if (i + 1 < lines.size())
            if (auto pair = read_pair(lines[i], lines[i + 1], i)) readings.push_back(std::move(*pair));
        for (Candidate& found : candidates(words, lines[i].confidence >= loose_line_confidence_min)) {
            std::size_t others = 0;
            for (std::size_t w = 0; w < words.size(); ++w)
                if ((w < found.first || w > found.last) && !is_bystander(words[w])) ++others;
            bool address = found.last + 1 < words.size() && is_domain_end(words[found.last + 1]) &&
                           (found.first == 0 || words[found.first - 1] == "www");
            bool misread = found.closeness < looks_the_same && found.spelling->bones.size() < trusted_length_min;
            if ((found.spelling->weak || misread) && others > 0 && !address) continue;
            readings.push_back({.brand = &brands_.all()[found.spelling->brand],
                                .line = i,
                                .text = std::move(found.text),
                                .closeness = found.closeness,
                                .alone = others == 0,
                                .needs_second_sign = !address && (found.spelling->weak || misread || others >= sentence_words_min)});
        }
    }
    return readings;
}

// The names on one line, none overlapping another.
std::vector<BrandReader::Candidate> BrandReader::candidates(const std::vector<std::string_view>& words, bool loosely) const {
    std::vector<Candidate> found;
    for (std::size_t first = 0; first < words.size(); ++first) {
        std::string text;
        bool spelled_out = true;
        for (std::size_t last = first; last < words.size() && last - first < spelled_out_max; ++last) {
            spelled_out = spelled_out && words[last].size() == 1;
            if (last - first >= words_max && !spelled_out) break;
            text += words[last];
            if (auto candidate = match(text, last - first + 1, spelled_out, loosely)) {
                candidate->first = first;
                candidate->last = last;
                candidate->text = text;
                found.push_back(std::move(*candidate));
            }
        }
    }
    std::stable_sort(found.begin(), found.end(), [](const Candidate& a, const Candidate& b) {
        bool a_same = a.closeness >= looks_the_same, b_same = b.closeness >= looks_the_same;
        if (a_same != b_same) return a_same;
        if (a.text.size() != b.text.size()) return a.text.size() > b.text.size();
        return a.closeness > b.closeness;
    });
    std::vector<Candidate> chosen;
    for (Candidate& candidate : found) {
        bool free = std::none_of(chosen.begin(), chosen.end(),
                                 [&](const Candidate& other) { return candidate.first <= other.last && other.first <= candidate.last; });
        if (free) chosen.push_back(std::move(candidate));
    }
    std::sort(chosen.begin(), chosen.end(), [](const Candidate& a, const Candidate& b) { return a.first < b.first; });
    return chosen;
}

std::optional<BrandReader::Candidate> BrandReader::match(const std::string& text, std::size_t word_count, bool spelled_out,
                                                         bool loosely) const {
    // Words that only together make a name which is one word ("man go") are believed from six letters on.
    // The other way round a name of two words may have lost its space, unless that makes a word ("lining" is not Li-Ning).
    auto believable = [&](const Spelling& spelling) {
        if (word_count != spelling.word_count && brands_.is_trap(text)) return false;
        return word_count == spelling.word_count || text.size() >= 6 || text.find('&') != std::string::npos ||
               (spelled_out && text.size() >= 4) || word_count < spelling.word_count;
    };
    if (const Spelling* exact = brands_.spelling(text))
        return believable(*exact) ? std::optional(Candidate{.spelling = exact, .closeness = 1}) : std::nullopt;
    if (!loosely || brands_.is_trap(text)) return std::nullopt;
    std::string bones = skeleton(text);
    auto [begin, end] = by_bones_.equal_range(bones);
    if (begin != end) {
        if (std::next(begin) != end && begin->second->brand != std::next(begin)->second->brand) return std::nullopt;
        return believable(*begin->second) ? std::optional(Candidate{.spelling = begin->second, .closeness = looks_the_same}) : std::nullopt;
    }
    return match_loosely(text, bones);
}

std::optional<BrandReader::Candidate> BrandReader::match_loosely(const std::string& text, const std::string& bones) const {
    const Spelling* nearest = nullptr;
    int fewest = 3;
    bool tie = false;
    std::uint32_t letters = letters_in(bones);
    for (std::size_t length = bones.size() < 2 ? 0 : bones.size() - 2; length <= bones.size() + 2 && length < by_length_.size(); ++length) {
        int limit = wrong_letters_allowed(length);
        if (limit == 0 || std::abs(static_cast<int>(length) - static_cast<int>(bones.size())) > limit) continue;
        for (const Loose& loose : by_length_[length]) {
            if (std::popcount(letters ^ loose.letters) > 2 * limit) continue;
            const std::string& other = loose.spelling->bones;
            if (other.front() != bones.front() && length < 12)
                continue;  // readers lose a first letter less often than words share the rest
            if (is_cut_from(bones, other)) continue;
            int wrong = edit_distance(bones, other, std::min(limit, fewest));
            if (wrong > limit || wrong > fewest) continue;
            bool other_brand = nearest && nearest->brand != loose.spelling->brand;
            tie = wrong == fewest ? tie || other_brand : false;
            fewest = wrong;
            nearest = loose.spelling;
        }
    }
    if (!nearest || tie) return std::nullopt;
    // A number is no misread name: most of it must be letters.
    auto digits = std::count_if(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
    if (digits > 2) return std::nullopt;
    return Candidate{.spelling = nearest, .closeness = looks_the_same - per_wrong_letter * fewest};
}

// A name that is set on two lines: "TOMMY" over "HILFIGER". Both lines must be nothing else, and look the same.
std::optional<BrandReading> BrandReader::read_pair(const Line& above, const Line& below, std::size_t line) const {
    if (below.confidence < line_confidence_min) return std::nullopt;
    std::string first = fold(above.text), second = fold(below.text);
    std::size_t word_count = words_of(first).size() + words_of(second).size();
    if (second.empty() || word_count > words_max) return std::nullopt;
    std::string text = joined(first) + joined(second);
    auto found = match(text, word_count, false, false);
    if (!found || found->spelling->weak || found->spelling->word_count < 2) return std::nullopt;
    return BrandReading{
        .brand = &brands_.all()[found->spelling->brand], .line = line, .text = text, .closeness = found->closeness, .alone = true};
}

}  // namespace vitrine::catalog
