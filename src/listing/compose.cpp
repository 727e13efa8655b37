#include "listing/compose.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <functional>
#include <map>

#include "listing/compose_label.hpp"
#include "listing/compose_words.hpp"
#include "listing/phrases.hpp"

namespace vitrine::listing {
namespace {

// Chosen by hand, erring towards an empty field that asks; docs/decisions/0003-thresholds.md says what was measured.
constexpr double imagenet_confidence_min = 0.55;  // summed over the classes of one category
constexpr double colour_share_min = 0.15;         // of the foreground: a smaller patch is a detail
constexpr double colour_confidence_min = 0.5;     // nearer to this name than to any other
constexpr std::size_t colours_max = 3;

// One vote for a category, with its proof.
struct Vote {
    const catalog::Category* category = nullptr;
    double confidence = 0;
    Evidence evidence;
    std::string product;  // the grocery product, when that is what was seen
};

std::string named(const catalog::Category& category, Language language) {
    return std::string(category.names.shown(catalogue(language)));
}

// Whether the photo's text is a label of something else: it speaks of fibres, sizes or a maker that such a thing has not.
// The network's own classes take labels for envelopes, packets and menus.
bool shows_other_label(const SeenPhoto& photo, const catalog::Category& seen, const catalog::Catalog& catalog) {
    if (!photo.findings.text) return false;
    std::vector<catalog::Line> lines;
    for (const auto& line : photo.findings.text->lines) lines.push_back({line.text, static_cast<float>(line.confidence)});
    constexpr double enough = 1;  // as label.hpp weighs signs
    auto label = catalog.read_label(lines);
    if (label.brand && !catalog.fits(*label.brand->brand, seen) && catalog::weight_beside(label.signs, label.brand->line) >= enough)
        return true;
    return std::ranges::any_of(label.signs, [&](const catalog::Sign& sign) {
        using catalog::SignKind;
        if (sign.weight < enough) return false;
        if (sign.kind == SignKind::size) return !seen.applies.size;
        return (sign.kind == SignKind::care || sign.kind == SignKind::composition || sign.kind == SignKind::fibre_share) &&
               !seen.applies.material;
    });
}

// What the photo shows, by whichever head may answer for its kind; below its threshold a head gives no vote.
std::optional<Vote> vote_of(const SeenPhoto& photo, const catalog::Catalog& catalog, Language language) {
    const auto& say = phrases(language);
    if (!photo.findings.kinds) return std::nullopt;
    const auto& kinds = *photo.findings.kinds;

    if (kinds.kind.value == "clothing") {
        if (!kinds.category.value) return std::nullopt;
        const auto* category = catalog.category_for_clothing_label(*kinds.category.value);
        if (!category) return std::nullopt;
        return Vote{category,
                    kinds.category.confidence,
                    {photo.id, {}, {}, fmt::format(fmt::runtime(say.why_category), named(*category, language))},
                    {}};
    }
    if (kinds.kind.value == "grocery") {
        if (!kinds.product.value) return std::nullopt;
        const auto* product = catalog.product(*kinds.product.value);
        if (!product) return std::nullopt;
        std::string name(product->names.shown(catalogue(language)));
        return Vote{
            product->category, kinds.product.confidence, {photo.id, {}, {}, fmt::format(fmt::runtime(say.why_product), name)}, name};
    }

    // Everything else: the network's own classes, gathered by the category they stand for.
    std::map<const catalog::Category*, double> gathered;
    for (const auto& guess : kinds.imagenet) {
        int index = -1;
        std::from_chars(guess.name.data(), guess.name.data() + guess.name.size(), index);
        if (const auto* category = catalog.category_for_imagenet(index)) gathered[category] += guess.p;
    }
    auto best = std::ranges::max_element(gathered, {}, &std::pair<const catalog::Category* const, double>::second);
    if (best == gathered.end() || best->second < imagenet_confidence_min) return std::nullopt;
    if (shows_other_label(photo, *best->first, catalog)) return std::nullopt;
    return Vote{best->first,
                std::min(best->second, 1.0),
                {photo.id, {}, {}, fmt::format(fmt::runtime(say.why_imagenet), named(*best->first, language))},
                {}};
}

// Photos that agree strengthen each other; when they disagree, the surer side wins by what it is ahead.
std::optional<Vote> elect(const std::vector<Vote>& votes) {
    if (votes.empty()) return std::nullopt;
    std::map<const catalog::Category*, double> doubt;  // product of (1 - confidence)
    for (const auto& vote : votes) doubt.try_emplace(vote.category, 1.0).first->second *= 1 - vote.confidence;
    auto best = std::ranges::min_element(doubt, {}, &std::pair<const catalog::Category* const, double>::second);
    double others = 1;
    for (const auto& [category, rest] : doubt)
        if (category != best->first) others = std::min(others, rest);
    auto winner =
        *std::ranges::max_element(votes, {}, [&](const Vote& vote) { return vote.category == best->first ? vote.confidence : -1; });
    winner.confidence = std::min(1 - best->second, others);  // never surer than the doubt about what others saw
    return winner;
}

void fill_category(Fields& fields, const std::vector<SeenPhoto>& photos, const catalog::Catalog& catalog, Language language,
                   std::string& product) {
    std::vector<Vote> votes;
    for (const auto& photo : photos)
        if (auto vote = vote_of(photo, catalog, language)) votes.push_back(std::move(*vote));
    fields.category.ask = phrases(language).ask_category;
    auto winner = elect(votes);
    if (!winner || winner->confidence < 0.5) return;
    fields.category.value = std::string(winner->category->key);
    fields.category.confidence = winner->confidence;
    fields.category.source = Source::classifier;
    fields.category.ask.reset();
    product = winner->product;
    for (const auto& vote : votes)
        if (vote.category == winner->category) fields.category.evidence.push_back(vote.evidence);
}

// The photo whose colours count: the first that shows the thing itself, not its label.
const SeenPhoto* colour_photo(const std::vector<SeenPhoto>& photos) {
    const SeenPhoto* first = nullptr;
    for (const auto& photo : photos) {
        if (!photo.findings.colours || photo.findings.colours->colours.empty()) continue;
        if (!first) first = &photo;
        if (photo.findings.kinds && photo.findings.kinds->kind.value) return &photo;  // clothing or grocery, not its label
    }
    return first;
}

void fill_colours(Fields& fields, const std::vector<SeenPhoto>& photos, const catalog::Catalog& catalog, Language language) {
    const auto* category = fields.category.value ? catalog.category(*fields.category.value) : nullptr;
    if (category && !category->applies.colour) return;  // nobody sells carrots by their colour
    fields.colours.ask = phrases(language).ask_colours;
    const auto* photo = colour_photo(photos);
    if (!photo) return;
    auto named = named_colours(*photo->findings.colours, catalog);
    if (named.front().confidence < colour_confidence_min) return;
    std::erase_if(named, [&](const NamedShare& one) { return one.key != named.front().key && one.share < colour_share_min; });
    if (named.size() > colours_max) named.resize(colours_max);
    std::vector<std::string> keys;
    for (const auto& one : named) {
        keys.push_back(one.key);
        fields.colours.evidence.push_back(
            {photo->id,
             {},
             {},
             fmt::format(fmt::runtime(phrases(language).why_colour), catalog.colour_name(one.key, catalogue(language)),
                         static_cast<int>(one.share * 100 + 0.5))});
    }
    fields.colours.value = keys;
    fields.colours.confidence = named.front().confidence;
    fields.colours.source = Source::colours;
    fields.colours.ask.reset();
}

}  // namespace

catalog::Language catalogue(Language language) {
    switch (language) {
        case Language::en:
            return catalog::Language::en;
        case Language::it:
            return catalog::Language::it;
    }
    return catalog::Language::en;
}

std::vector<NamedShare> named_colours(const vision::Colours& colours, const catalog::Catalog& catalog) {
    std::vector<NamedShare> named;
    for (const auto& colour : colours.colours) {  // largest first, so a name keeps the confidence of its largest shade
        auto name = catalog.name_of({colour.l, colour.a, colour.b});
        auto known = std::ranges::find(named, name.key, &NamedShare::key);
        if (known == named.end())
            named.push_back({std::string(name.key), colour.share, name.confidence});
        else
            known->share += colour.share;
    }
    std::ranges::stable_sort(named, std::greater{}, &NamedShare::share);
    return named;
}

Composed compose(const std::vector<SeenPhoto>& photos, const catalog::Catalog& catalog, Language language) {
    Composed composed;
    auto& [fields, product] = composed;
    fill_category(fields, photos, catalog, language, product);
    fill_from_labels(fields, photos, catalog, language);
    fill_colours(fields, photos, catalog, language);
    fields.condition.ask = phrases(language).ask_condition;
    fields.price.ask = phrases(language).ask_price;
    fill_words(fields, fields, catalog, language, product);
    return composed;
}

Fields with_photo_ids(Fields fields, const std::map<PhotoId, PhotoId>& renamed) {
    boost::mp11::mp_for_each<boost::describe::describe_members<Fields, boost::describe::mod_public>>([&](auto member) {
        for (auto& evidence : (fields.*member.pointer).evidence)
            if (evidence.photo)
                if (auto found = renamed.find(*evidence.photo); found != renamed.end()) evidence.photo = found->second;
    });
    return fields;
}

}  // namespace vitrine::listing
