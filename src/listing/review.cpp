#include "listing/review.hpp"

#include <fmt/args.h>
#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cctype>
#include <cstdlib>
#include <functional>
#include <iterator>
#include <regex>

#include "core/json.hpp"
#include "core/log.hpp"
#include "core/utf8.hpp"
#include "listing_embedded.hpp"

namespace vitrine::listing {
namespace {

// What a check finds: one entry a remark. `found` goes into the sentence.
struct Hit {
    std::string found;
    std::optional<PhotoId> photo;
    std::optional<std::vector<double>> box;
};
using Check = std::vector<Hit> (*)(const Rule&, const Fields&, const std::vector<PhotoFacts>&);

std::string lower(std::string_view text) {
    std::string out(text);
    for (char& c : out) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    return out;
}

// The word stands alone in the text: "etsy" is found in "see my Etsy!", not in "betsy".
bool has_word(const std::string& text, const std::string& word) {
    auto letter = [&](std::size_t at) {
        return at < text.size() && (std::isalnum(static_cast<unsigned char>(text[at])) || static_cast<unsigned char>(text[at]) >= 0x80);
    };
    for (auto at = text.find(word); at != std::string::npos; at = text.find(word, at + 1))
        if ((at == 0 || !letter(at - 1)) && !letter(at + word.size())) return true;
    return false;
}

std::string text_of(const Fields& fields) {
    return fields.title.value.value_or("") + " \n" + fields.description.value.value_or("");
}

std::uint64_t hash_of(const PhotoFacts& facts) {
    return std::strtoull(facts.perceptual_hash.c_str(), nullptr, 16);
}

std::vector<Hit> too_few_photos(const Rule& rule, const Fields&, const std::vector<PhotoFacts>& photos) {
    if (static_cast<double>(photos.size()) >= *rule.limit) return {};
    return {{fmt::format("{}", photos.size()), {}, {}}};
}

std::vector<Hit> too_many_photos(const Rule& rule, const Fields&, const std::vector<PhotoFacts>& photos) {
    if (static_cast<double>(photos.size()) <= *rule.limit) return {};
    return {{fmt::format("{}", photos.size()), {}, {}}};
}

std::vector<Hit> small_photo(const Rule& rule, const Fields&, const std::vector<PhotoFacts>& photos) {
    std::vector<Hit> hits;
    for (const auto& photo : photos)
        if (std::min(photo.width, photo.height) < *rule.limit)
            hits.push_back({fmt::format("{} x {}", photo.width, photo.height), photo.id, {}});
    return hits;
}

std::vector<Hit> small_longer_side(const Rule& rule, const Fields&, const std::vector<PhotoFacts>& photos) {
    std::vector<Hit> hits;
    for (const auto& photo : photos)
        if (std::max(photo.width, photo.height) < *rule.limit)
            hits.push_back({fmt::format("{} x {}", photo.width, photo.height), photo.id, {}});
    return hits;
}

std::vector<Hit> blurred_photo(const Rule& rule, const Fields&, const std::vector<PhotoFacts>& photos) {
    std::vector<Hit> hits;
    for (const auto& photo : photos)
        if (photo.sharpness && *photo.sharpness < *rule.limit) hits.push_back({fmt::format("{:.0f}", *photo.sharpness), photo.id, {}});
    return hits;
}

std::vector<Hit> nudity(const Rule& rule, const Fields&, const std::vector<PhotoFacts>& photos) {
    std::vector<Hit> hits;
    for (const auto& photo : photos)
        if (photo.nudity >= *rule.limit) hits.push_back({fmt::format("{:.0f} %", photo.nudity * 100), photo.id, {}});
    return hits;
}

std::vector<Hit> face(const Rule&, const Fields&, const std::vector<PhotoFacts>& photos) {
    std::vector<Hit> hits;
    for (const auto& photo : photos)
        for (const auto& box : photo.faces) hits.push_back({"", photo.id, box});
    return hits;
}

std::vector<Hit> person(const Rule&, const Fields&, const std::vector<PhotoFacts>& photos) {
    std::vector<Hit> hits;
    for (const auto& photo : photos)
        if (photo.faces.empty())  // a face is remarked on already
            for (const auto& box : photo.people) hits.push_back({"", photo.id, box});
    return hits;
}

// Two photos of one listing that show the same: perceptual hashes at most `limit` bits apart.
std::vector<Hit> same_photo_twice(const Rule& rule, const Fields&, const std::vector<PhotoFacts>& photos) {
    std::vector<Hit> hits;
    for (std::size_t i = 0; i < photos.size(); ++i)
        for (std::size_t j = 0; j < i && !photos[i].perceptual_hash.empty(); ++j)
            if (!photos[j].perceptual_hash.empty() && std::popcount(hash_of(photos[i]) ^ hash_of(photos[j])) <= *rule.limit) {
                hits.push_back({fmt::format("{}", j + 1), photos[i].id, {}});
                break;
            }
    return hits;
}

std::vector<Hit> word_in_text(const Rule& rule, const Fields& fields, const std::vector<PhotoFacts>&) {
    auto text = lower(text_of(fields));
    std::vector<Hit> hits;
    for (const auto& word : *rule.words)
        if (has_word(text, lower(word))) hits.push_back({word, {}, {}});
    return hits;
}

std::vector<Hit> long_title(const Rule& rule, const Fields& fields, const std::vector<PhotoFacts>&) {
    auto length = fields.title.value ? utf8::length(*fields.title.value).value_or(0) : 0;
    if (static_cast<double>(length) <= *rule.limit) return {};
    return {{fmt::format("{}", length), {}, {}}};
}

std::vector<Hit> long_description(const Rule& rule, const Fields& fields, const std::vector<PhotoFacts>&) {
    auto length = fields.description.value ? utf8::length(*fields.description.value).value_or(0) : 0;
    if (static_cast<double>(length) <= *rule.limit) return {};
    return {{fmt::format("{}", length), {}, {}}};
}

std::vector<Hit> symbol_in_title(const Rule& rule, const Fields& fields, const std::vector<PhotoFacts>&) {
    std::vector<Hit> hits;
    for (const auto& symbol : *rule.words)
        if (fields.title.value.value_or("").find(symbol) != std::string::npos) hits.push_back({symbol, {}, {}});
    return hits;
}

// "#vintage" counts, "size #4" does too: the market counts the same way. A lone '#' does not.
std::vector<Hit> too_many_hashtags(const Rule& rule, const Fields& fields, const std::vector<PhotoFacts>&) {
    static const std::regex hashtag("#[A-Za-z0-9_\\x80-\\xff]");
    auto text = fields.description.value.value_or("");
    auto count = std::distance(std::sregex_iterator(text.begin(), text.end(), hashtag), std::sregex_iterator());
    if (static_cast<double>(count) <= *rule.limit) return {};
    return {{fmt::format("{}", count), {}, {}}};
}

// A web address, an e-mail address, or a telephone number of nine digits and more, grouped as people write them. Sizes,
// prices and dates are shorter.
std::vector<Hit> contact_in_text(const Rule&, const Fields& fields, const std::vector<PhotoFacts>&) {
    static const std::regex contact(
        "https?://[^ \n]+|www\\.[^ \n]+|[A-Za-z0-9._+-]+@[A-Za-z0-9-]+\\.[A-Za-z]+|\\+?[0-9]([ ./-]?[0-9]){8,}");
    auto text = text_of(fields);
    std::vector<Hit> hits;
    for (std::sregex_iterator found(text.begin(), text.end(), contact), end; found != end; ++found) hits.push_back({found->str(), {}, {}});
    return hits;
}

std::vector<Hit> low_price(const Rule& rule, const Fields& fields, const std::vector<PhotoFacts>&) {
    if (!fields.price.value || static_cast<double>(fields.price.value->amount) >= *rule.limit * 100) return {};
    return {{fmt::format("{}.{:02}", fields.price.value->amount / 100, fields.price.value->amount % 100), {}, {}}};
}

// A field the market asks for is empty. `words` names the fields.
std::vector<Hit> empty_field(const Rule& rule, const Fields& fields, const std::vector<PhotoFacts>&) {
    const std::map<std::string, bool> filled{
        {"category", fields.category.value.has_value()}, {"brand", fields.brand.value.has_value()},
        {"size", fields.size.value.has_value()},         {"condition", fields.condition.value.has_value()},
        {"title", fields.title.value.has_value()},       {"description", fields.description.value.has_value()},
        {"price", fields.price.value.has_value()},       {"colours", fields.colours.value.has_value()}};
    std::vector<std::string> empty;
    for (const auto& name : *rule.words)
        if (auto found = filled.find(name); found != filled.end() && !found->second) empty.push_back(name);
    if (empty.empty()) return {};
    return {{fmt::format("{}", fmt::join(empty, ", ")), {}, {}}};
}

struct CheckRow {
    std::string_view name;
    Check check;
    bool needs_limit, needs_words;
};
constexpr CheckRow checks[] = {
    {"too_few_photos", too_few_photos, true, false},
    {"too_many_photos", too_many_photos, true, false},
    {"small_photo", small_photo, true, false},
    {"small_longer_side", small_longer_side, true, false},
    {"blurred_photo", blurred_photo, true, false},
    {"nudity", nudity, true, false},
    {"face", face, false, false},
    {"person", person, false, false},
    {"same_photo_twice", same_photo_twice, true, false},
    {"word_in_text", word_in_text, false, true},
    {"symbol_in_title", symbol_in_title, false, true},
    {"contact_in_text", contact_in_text, false, false},
    {"too_many_hashtags", too_many_hashtags, true, false},
    {"long_title", long_title, true, false},
    {"long_description", long_description, true, false},
    {"low_price", low_price, true, false},
    {"empty_field", empty_field, false, true},
};

const CheckRow* find_check(std::string_view name) {
    auto found = std::ranges::find(checks, name, &CheckRow::name);
    return found == std::end(checks) ? nullptr : found;
}

[[noreturn]] void damaged(std::string_view file, std::string_view why) {
    log::error("listing.rule_pack_damaged", {{"file", std::string(file)}, {"why", std::string(why)}});
    std::abort();
}

std::string say(const Rule& rule, Language language, const std::string& found) {
    auto sentence = rule.message.find(std::string(json::enum_name(language)));
    if (sentence == rule.message.end()) sentence = rule.message.find("en");
    fmt::dynamic_format_arg_store<fmt::format_context> values;
    values.push_back(fmt::arg("found", found));
    values.push_back(fmt::arg("limit", rule.limit ? fmt::format("{:g}", *rule.limit) : std::string()));
    return fmt::vformat(sentence->second, values);
}

}  // namespace

std::vector<PhotoFacts> facts_of(const std::vector<SeenPhoto>& photos) {
    std::vector<PhotoFacts> all;
    for (const auto& photo : photos) {
        PhotoFacts facts{photo.id, photo.width, photo.height, fmt::format("{:016x}", photo.perceptual_hash), std::nullopt, 0, {}, {}};
        if (photo.findings.quality) facts.sharpness = photo.findings.quality->sharpness;
        if (photo.findings.moderation) {
            facts.nudity = photo.findings.moderation->nudity;
            for (const auto& face : photo.findings.moderation->faces) facts.faces.push_back(face.box);
            for (const auto& person : photo.findings.moderation->people) facts.people.push_back(person.box);
        }
        all.push_back(std::move(facts));
    }
    return all;
}

std::vector<RulePack> rule_packs() {
    std::vector<RulePack> packs;
    for (const auto& file : embedded_files()) {
        if (!file.path.starts_with("data/rules_")) continue;
        auto pack = json::read_text<RulePack>(file.bytes);
        if (!pack) damaged(file.path, pack.error().message);
        for (const auto& rule : pack->rules) {
            const auto* row = find_check(rule.check);
            if (!row) damaged(file.path, fmt::format("{}: there is no check \"{}\"", rule.rule, rule.check));
            if (row->needs_limit != rule.limit.has_value() || row->needs_words != rule.words.has_value() || !rule.message.contains("en"))
                damaged(file.path, fmt::format("{}: limit, words or the English message do not fit its check", rule.rule));
        }
        packs.push_back(std::move(*pack));
    }
    std::ranges::sort(packs, {}, &RulePack::market);
    auto markets = json::enum_names<Market>();
    auto names = [](const RulePack& pack) { return std::string(json::enum_name(pack.market)); };
    if (!std::ranges::equal(packs, markets, {}, names)) damaged("data", "there is not exactly one pack a market");
    return packs;
}

std::vector<Remark> review(const Fields& fields, const std::vector<PhotoFacts>& photos, const RulePack& pack, Language language) {
    std::vector<Remark> remarks;
    for (const auto& rule : pack.rules)
        for (auto& hit : find_check(rule.check)->check(rule, fields, photos)) {
            bool verified = rule.seen != "unverified";
            remarks.push_back({rule.rule, std::string(json::enum_name(pack.market)), rule.severity, say(rule, language, hit.found),
                               rule.reason, verified ? fmt::format("{}, seen {}", rule.source, rule.seen) : "unverified: " + rule.source,
                               verified, hit.photo, hit.box});
        }
    std::ranges::stable_sort(remarks, {}, [](const Remark& remark) { return remark.severity; });
    return remarks;
}

}  // namespace vitrine::listing
