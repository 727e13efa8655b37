#include "catalog/word_index.hpp"

#include <algorithm>

#include "catalog/text.hpp"

namespace vitrine::catalog {
namespace {

// What a word may lose at its end to become the singular that the table has; enough of five languages for a search box.
std::vector<std::string> singulars(const std::string& word) {
    std::vector<std::string> forms;
    auto without = [&](std::string_view ending, std::string_view instead) {
        if (word.size() > ending.size() + 2 && word.ends_with(ending))
            forms.push_back(word.substr(0, word.size() - ending.size()) + std::string(instead));
    };
    without("s", "");
    without("es", "");
    without("ies", "y");
    without("en", "");
    without("n", "");
    without("er", "");
    without("i", "o");
    without("i", "e");
    without("e", "a");
    without("x", "");
    without("he", "a");
    return forms;
}

int slips_allowed(std::size_t length) {
    return length < 5 ? 0 : length < 9 ? 1 : 2;
}

bool has_as_word(std::string_view text, std::string_view part) {
    auto place = text.find(part);
    if (place == std::string_view::npos) return false;
    auto end = place + part.size();
    return (place == 0 || text[place - 1] == ' ') && (end == text.size() || text[end] == ' ');
}

}  // namespace

void WordIndex::add(std::size_t thing, const Names& names) {
    for (Language language : languages) {
        bool shown = true;
        for (std::string_view name : names.all(language)) {
            entries_.push_back({fold(name), thing, language, shown});
            by_text_.emplace(entries_.back().text, entries_.size() - 1);
            shown = false;
        }
    }
}

std::vector<Match> WordIndex::find(std::string_view words, Language preferred, std::size_t count_max) const {
    std::vector<Match> matches;
    auto note = [&](const Entry& entry, double closeness) {
        closeness *= (entry.language == preferred ? 1.0 : 0.9) * (entry.shown ? 1.0 : 0.95);
        auto known = std::find_if(matches.begin(), matches.end(), [&](const Match& match) { return match.thing == entry.thing; });
        if (known == matches.end())
            matches.push_back({entry.thing, closeness});
        else
            known->closeness = std::max(known->closeness, closeness);
    };
    auto note_exact = [&](const std::string& text, double closeness) {
        auto [begin, end] = by_text_.equal_range(text);
        for (auto found = begin; found != end; ++found) note(entries_[found->second], closeness);
    };

    std::string text = fold(words);
    if (text.empty()) return matches;
    note_exact(text, 1.0);
    for (const std::string& form : singulars(text)) note_exact(form, 0.95);
    for (const Entry& entry : entries_) {
        if (text.size() >= 3 && entry.text.starts_with(text))
            note(entry, 0.8);
        else if (text.size() >= 3 && (has_as_word(entry.text, text) || (entry.text.size() >= 3 && has_as_word(text, entry.text))))
            note(entry, 0.7);
        else if (int limit = slips_allowed(text.size()); limit > 0)
            if (int slips = edit_distance(entry.text, text, limit); slips <= limit && !entry.text.empty() && entry.text[0] == text[0])
                note(entry, 0.75 - 0.05 * slips);
    }
    std::stable_sort(matches.begin(), matches.end(), [](const Match& a, const Match& b) { return a.closeness > b.closeness; });
    if (matches.size() > count_max) matches.resize(count_max);
    return matches;
}

}  // namespace vitrine::catalog
